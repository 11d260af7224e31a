// Reads the body of a request that may go on, and checks that all its text can be stored. Guarantees: nothing of a body
// is read before its sender was admitted; JSON, and forms only where the service asks for them, so that a form on some
// other page can't call a route; any other body is refused with 415, a compressed one too (a few bytes could unpack to
// all memory); NUL, halves of surrogate pairs and JSON deeper than 100 levels are a 400 that names the field, on every
// route. The bytes as they came stay in `rawBody` for those who check a signature.
import { isStorable, isStorableJson, unstorableJson, unstorableText } from '@carillon/domain';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import express, { type Request, type RequestHandler, type Response } from 'express';
import { Problem } from './problem.ts';

export type BodyKind = 'json' | 'form';

const mediaTypes = { json: 'application/json', form: 'application/x-www-form-urlencoded' } as const;
const LARGEST_BODY = '1mb';

const keepBytes = (request: object, _response: unknown, bytes: Buffer): void => {
  (request as { rawBody?: Buffer }).rawBody = bytes;
};
const options = { limit: LARGEST_BODY, inflate: false, verify: keepBytes };
const parsers: Record<BodyKind, RequestHandler> = {
  json: express.json(options),
  form: express.urlencoded({ ...options, extended: false }),
};

export class BodyGuard implements CanActivate {
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
    const known = this.kinds.map((kind) => mediaTypes[kind]);
    // False: another type, or none.
    if (!request.is(known)) {
      if (this.ignoredBelow.some((path) => request.path.startsWith(path))) return true;
      throw new Problem(
        415,
        'Unsupported Media Type',
        `the body must be ${known.join(' or ')}, as its content-type says`,
      );
    }
    for (const kind of this.kinds) await parse(parsers[kind], request, http.getResponse<Response>());
    if (!isStorableJson(request.body)) throw notStorable(pathOfUnstorable(request.body) ?? '', unstorableJson);
    return true;
  }
}

const hasBody = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] !== undefined ||
  (headers['content-length'] !== undefined && headers['content-length'] !== '0');

const parse = (parser: RequestHandler, request: Request, response: Response): Promise<void> =>
  new Promise((resolve, reject) => {
    const next = (error?: Error | string): void =>
      error === undefined
        ? resolve()
        : reject(error instanceof Error ? error : new Problem(400, 'Bad Request', 'the body cannot be read'));
    void parser(request, response, next);
  });

function refuseUnstorable(at: string, values: object): void {
  if (isStorableJson(values)) return;
  throw notStorable(pathOfUnstorable(values) ?? at, unstorableText);
}

const notStorable = (path: string, message: string): Problem =>
  new Problem(400, 'Bad Request', path ? `not valid: ${path}` : message, [{ path, message }]);

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
