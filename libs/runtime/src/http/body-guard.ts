// Reads the body of a request that may go on, and checks that all its text can be stored. Guarantees: nothing of a
// body is read before its sender was admitted; JSON, and forms only where the service asks for them, so that a form
// on some other page can't call a route; other types where a route reads the bytes itself; any other body is
// refused with 415, a compressed one too (a few bytes could unpack to all memory); a larger one than the route
// takes with 413, which names the limit; where the route bounds the bytes that are held at once, a request beyond
// them with 503, or 429 where it is the tenant's own part, before its body is read. NUL, halves of surrogate pairs
// and JSON deeper than 100 levels are a 400 that names the field, on every route. The bytes as they came stay in
// `rawBody` for those who check a signature.
import { isStorable, isStorableJson, unstorableJson, unstorableText } from '@carillon/domain';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import express, { type Request, type RequestHandler, type Response } from 'express';
import { identityOfRequest } from '../auth/identity.ts';
import { BodyBudget } from './body-budget.ts';
import { bodyRulesOf, defaultBodyBytes, type BodyRules } from './body-rules.ts';
import { Problem, unavailable, type FieldProblem } from './problem.ts';

export type BodyKind = 'json' | 'form';

const mediaTypes = { json: 'application/json', form: 'application/x-www-form-urlencoded' } as const;

const keepBytes = (request: object, _response: unknown, bytes: Buffer): void => {
  (request as { rawBody?: Buffer }).rawBody = bytes;
};
const defaultRules: BodyRules = { maxBytes: defaultBodyBytes };

export class BodyGuard implements CanActivate {
  private readonly routes = new Map<BodyRules, RouteBody>();

  /**
   * @param kinds none: no route has its body parsed; a handler reads the bytes itself
   * @param ignoredBelow paths below which a body may be of any type, since nobody reads it
   */
  constructor(
    private readonly kinds: readonly BodyKind[],
    private readonly ignoredBelow: readonly string[] = [],
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    refuseUnstorable('', request.params);
    refuseUnstorable('', request.query);
    if (this.kinds.length === 0 || !hasBody(request)) return true;
    const rules = bodyRulesOf(context.getHandler()) ?? defaultRules;
    const known = [...this.kinds.map((kind) => mediaTypes[kind]), ...(rules.alsoTakes ?? []), ...(rules.asBytes ?? [])];
    // False: another type, or none.
    if (!request.is(known)) {
      if (this.ignoredBelow.some((path) => request.path.startsWith(path))) return true;
      throw new Problem(
        415,
        'Unsupported Media Type',
        `the body must be ${known.join(' or ')}, as its content-type says`,
      );
    }
    const response = http.getResponse<Response>();
    const { parsers, budget } = this.bodyOf(rules);
    if (budget) hold(budget, rules, request, response);
    for (const parser of parsers) await parse(parser, request, response);
    if (Buffer.isBuffer(request.body)) request.body = undefined;
    const unstorable = rules.storableByItem ? undefined : unstorableField(request.body);
    if (unstorable) throw notStorable(unstorable);
    return true;
  }

  private bodyOf(rules: BodyRules): RouteBody {
    let body = this.routes.get(rules);
    if (!body) this.routes.set(rules, (body = routeBody(this.kinds, rules)));
    return body;
  }
}

interface RouteBody {
  parsers: RequestHandler[];
  budget?: BodyBudget;
}

function routeBody(
  kinds: readonly BodyKind[],
  { maxBytes, alsoTakes = [], asBytes = [], inFlightBytes }: BodyRules,
): RouteBody {
  const options = { limit: maxBytes, inflate: false, verify: keepBytes };
  const parserOf: Record<BodyKind, () => RequestHandler> = {
    json: () => express.json({ ...options, type: [mediaTypes.json, ...alsoTakes] }),
    form: () => express.urlencoded({ ...options, extended: false }),
  };
  return {
    parsers: [
      ...kinds.map((kind) => parserOf[kind]()),
      ...(asBytes.length > 0 ? [express.raw({ ...options, type: [...asBytes] })] : []),
    ],
    ...(inFlightBytes === undefined ? {} : { budget: new BodyBudget(inFlightBytes) }),
  };
}

/** Until the answer is written or the connection has ended. A body of unknown length counts as the largest. */
function hold(budget: BodyBudget, { maxBytes }: BodyRules, request: Request, response: Response): void {
  const length = Number(request.headers['content-length'] ?? maxBytes);
  // The parser refuses it, and reads nothing of it.
  if (length > maxBytes) return;
  const caller = identityOfRequest(request);
  const tenant = caller?.tenantId ?? JSON.stringify([caller?.clientId, caller?.memberId, caller?.tenantIds]);
  const taken = budget.take(tenant, length);
  if (taken === 'process') throw unavailable('too many bodies are in flight; send the request again', undefined, 1);
  if (taken === 'tenant')
    throw new Problem(
      429,
      'Too Many Requests',
      `too many bodies of ${caller?.tenantId === undefined ? 'this caller' : `the tenant ${caller.tenantId}`} are in flight`,
      undefined,
      { headers: { 'retry-after': '1' } },
    );
  response.once('close', taken);
}

const hasBody = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] !== undefined ||
  (headers['content-length'] !== undefined && headers['content-length'] !== '0');

const parse = (parser: RequestHandler, request: Request, response: Response): Promise<void> =>
  new Promise((resolve, reject) => {
    const next = (error?: Error | string): void =>
      error === undefined
        ? resolve()
        : reject(
            error instanceof Error ? readError(error) : new Problem(400, 'Bad Request', 'the body cannot be read'),
          );
    void parser(request, response, next);
  });

function readError(error: Error): Error {
  const { type, limit } = error as { type?: unknown; limit?: unknown };
  if (type !== 'entity.too.large' || typeof limit !== 'number') return error;
  return new Problem(413, 'Content Too Large', `the body is larger than ${limit} bytes`, undefined, { cause: error });
}

function refuseUnstorable(at: string, values: object): void {
  if (isStorableJson(values)) return;
  throw notStorable({ path: pathOfUnstorable(values) ?? at, message: unstorableText });
}

const notStorable = (field: FieldProblem): Problem =>
  new Problem(400, 'Bad Request', field.path ? `not valid: ${field.path}` : field.message, [field]);

/** What of a JSON value cannot be stored; undefined where all of it can. */
export const unstorableField = (value: unknown): FieldProblem | undefined =>
  isStorableJson(value) ? undefined : { path: pathOfUnstorable(value) ?? '', message: unstorableJson };

/** The first place that cannot be stored, as far as its name can be told: at most 10 levels deep. */
function pathOfUnstorable(value: unknown, level = 0): string | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : '';
  if (typeof value !== 'object' || value === null) return undefined;
  if (level >= 10) return '';
  for (const [name, item] of Object.entries(value)) {
    if (!isStorable(name)) return '';
    if (isStorableJson(item, level + 1)) continue;
    const below = pathOfUnstorable(item, level + 1);
    return below ? `${name}.${below}` : name;
  }
  return undefined;
}
