/**
 * Handles every Web API call in this order: read, authenticate, limits, faults, scope, method, log, answer. Benchmarks
 * call it most, so it allocates little and awaits nothing unless a method is asynchronous.
 */
import { performance } from 'node:perf_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { failInstead, loseAnswer } from '../fault-effects.ts';
import type { Fault } from '../faults.ts';
import type { Simulation } from '../simulation.ts';
import type { Home } from '../world/home.ts';
import type { Token } from '../world/installation.ts';
import { Workspace } from '../world/workspace.ts';
import { type Arguments, type Parsed, parseArguments, text } from './arguments.ts';
import { authenticate, basicOf, bearerOf } from './authenticate.ts';
import {
  type Answer,
  missingScope,
  type Method,
  type OpenCall,
  rateLimited,
  refuse,
  retryAfter,
  type TokenCall,
} from './call.ts';
import { methods } from './methods.ts';
import { byConversation } from './reach.ts';

interface Exchange {
  readonly sim: Simulation;
  readonly name: string;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly receivedAt: number;
  readonly now: number;
  token: Token | undefined;
  /** The workspace that the call is about, or the home of its token. */
  team: string | undefined;
  args: Arguments | undefined;
  acceptedScopes: string;
  fault: Fault | undefined;
  warning: string | undefined;
}

let lastRequest = 0;

export function dispatch(
  sim: Simulation,
  name: string,
  query: string,
  req: IncomingMessage,
  res: ServerResponse,
): void {
  const exchange: Exchange = {
    sim,
    name,
    req,
    res,
    receivedAt: Date.now(),
    now: performance.now(),
    token: undefined,
    team: undefined,
    args: undefined,
    acceptedScopes: '',
    fault: undefined,
    warning: undefined,
  };
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
    const parsed = parseArguments(req.headers['content-type'], body, query);
    if (parsed instanceof Promise) void parsed.then((p) => receive(exchange, p));
    else receive(exchange, parsed);
  });
}

function receive(exchange: Exchange, parsed: Parsed): void {
  const { sim, name, req } = exchange;
  const method = Object.hasOwn(methods, name) ? (methods[name] as Method) : undefined;
  if (method === undefined) return finish(exchange, refuse('unknown_method', { req_method: name }));
  const { authorization } = req.headers;
  const inHeader = bearerOf(authorization);
  // Authentication comes before the arguments. A token in a body that can't be parsed is unknown.
  const unreadable = 'error' in parsed ? refuse(parsed.error) : undefined;
  if (unreadable !== undefined && (method.open || inHeader === undefined)) return finish(exchange, unreadable);
  const args = 'error' in parsed ? {} : parsed.args;
  exchange.args = args;
  if (!('error' in parsed)) exchange.warning = parsed.warning;
  const bearer = inHeader ?? ('error' in parsed || parsed.json ? undefined : text(args, 'token'));
  const open: OpenCall = {
    sim,
    method: name,
    args,
    basic: authorization === undefined ? undefined : basicOf(authorization),
    bearer,
    receivedAt: exchange.receivedAt,
    now: exchange.now,
  };
  if (method.open) return admit(exchange, method, '', () => method.handle(open));

  const token = authenticate(sim, bearer);
  if (typeof token === 'string') return finish(exchange, refuse(token));
  const home = sim.world.home(token.team);
  if (home === undefined) return finish(exchange, refuse('invalid_auth'));
  exchange.token = token;
  const place = placeOf(method, home, open);
  exchange.team = place instanceof Workspace ? place.id : home.id;
  const call: TokenCall = { ...open, token, home };
  const { scopes } = method;
  if (scopes !== undefined) exchange.acceptedScopes = scopes.join(',');
  admit(exchange, method, exchange.team, () => {
    if (scopes !== undefined && !scopes.some((scope) => token.scopes.has(scope)))
      return missingScope(call, scopes.join(','));
    if (unreadable !== undefined) return unreadable;
    if (method.wide) return method.handle(call);
    return place instanceof Workspace ? method.handle(Object.assign(call, { workspace: place })) : place;
  });
}

/** The workspace of the call, or why there is none. */
function placeOf(method: Method, home: Home, call: OpenCall): Workspace | Answer {
  if (home.kind === 'workspace') return home;
  // What a wide method is about it finds itself.
  if (method.open || method.wide) return { ok: true };
  return (method.reach ?? byConversation)(home, call);
}

function admit(exchange: Exchange, method: Method, team: string, run: () => Answer | Promise<Answer>): void {
  const { sim, name, now } = exchange;
  const blocked = sim.limits.blockedFor(team, name, now);
  if (blocked > 0) return finish(exchange, rateLimited(blocked));
  const fault = sim.faults.fire(name, exchange.team, exchange.token?.team);
  if (fault !== undefined) {
    exchange.fault = fault;
    if (fault.kind === 'rate_limit')
      return finish(exchange, rateLimited(sim.limits.block(team, name, Number(fault.value ?? 1), now)));
    if (fault.kind === 'error' && !fault.after)
      return finish(exchange, refuse(String(fault.value ?? 'internal_error')));
    if (failInstead(fault, exchange.res, (status, error) => log(exchange, status, refuse(error ?? fault.kind)))) return;
  }
  const wait =
    method.limit === 'posting'
      ? sim.limits.takePosting(team, name, now)
      : sim.limits.takeMethod(team, name, method.limit, now);
  if (wait > 0) return complete(exchange, rateLimited(wait));
  const answer = run();
  if (answer instanceof Promise) void answer.then((a) => complete(exchange, a));
  else complete(exchange, answer);
}

/**
 * After the method: faults that lose or change the answer. They apply only to calls that took effect; a refusal is
 * answered unchanged, and the fault waits for the next call.
 */
function complete(exchange: Exchange, answer: Answer): void {
  const { sim, fault, res } = exchange;
  if (fault === undefined) return finish(exchange, answer);
  if (!answer.ok) {
    exchange.fault = undefined;
    sim.faults.undo(fault);
    return finish(exchange, answer);
  }
  if (fault.kind === 'error') {
    log(exchange, 200, answer);
    return write(exchange, refuse(String(fault.value ?? 'internal_error')));
  }
  loseAnswer(
    fault,
    res,
    (status) => log(exchange, status, answer),
    () => write(exchange, answer),
  );
}

function finish(exchange: Exchange, answer: Answer): void {
  log(exchange, answer[retryAfter] === undefined ? 200 : 429, answer);
  write(exchange, answer);
}

function write(exchange: Exchange, answer: Answer): void {
  const wait = answer[retryAfter];
  if (exchange.warning !== undefined && wait === undefined) answer = warned(answer, exchange.warning);
  const body = JSON.stringify(answer);
  const bytes = Buffer.byteLength(body);
  const headers: Record<string, string | number> = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': bytes,
    'x-slack-req-id': `sim-${(++lastRequest).toString(36)}`,
  };
  if (exchange.token !== undefined) {
    headers['x-oauth-scopes'] = exchange.token.scopeHeader;
    if (exchange.acceptedScopes !== '') headers['x-accepted-oauth-scopes'] = exchange.acceptedScopes;
  }
  if (wait !== undefined) headers['retry-after'] = wait;
  // A text is written together with the headers, which a Buffer is not, and ASCII needs no conversion.
  exchange.res.writeHead(wait === undefined ? 200 : 429, headers).end(body, bytes === body.length ? 'latin1' : 'utf8');
}

function warned(answer: Answer, warning: string): Answer {
  const metadata = (answer.response_metadata ?? {}) as { warnings?: string[] };
  const warnings = [...(metadata.warnings ?? []), warning];
  return { ...answer, warning: warnings.join(','), response_metadata: { ...metadata, warnings } };
}

function log(exchange: Exchange, status: number, answer: Answer): void {
  exchange.sim.requests.add({
    at: exchange.receivedAt,
    method: exchange.name,
    team: exchange.team,
    channel:
      exchange.args === undefined ? undefined : (text(exchange.args, 'channel') ?? text(exchange.args, 'channel_id')),
    ok: answer.ok,
    error: answer.ok ? undefined : answer.error,
    status,
    rateLimited: answer[retryAfter] !== undefined,
    fault: exchange.fault?.kind,
  });
}
