/**
 * The upload URL and the download of uploaded files. The content is the body itself or one multipart field of any name,
 * and is accepted once. For faults and in the request log, an upload is the method `upload`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Simulation } from '../simulation.ts';
import { failInstead, loseAnswer } from '../fault-effects.ts';
import { readBody, respond } from '../http.ts';
import type { SlackFile } from '../world/file.ts';
import { parseMultipart } from './arguments.ts';
import { authenticate, bearerOf } from './authenticate.ts';

export async function receiveUpload(
  sim: Simulation,
  path: string,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const at = Date.now();
  const sent = await readContent(req);
  const file = sim.world.uploads.get(path);
  const fault = file === undefined ? undefined : sim.faults.fire('upload', file.team);
  const log = (status: number, error?: string, struck = fault) =>
    sim.requests.add({
      at,
      method: 'upload',
      team: file?.team,
      ok: error === undefined,
      error,
      status,
      rateLimited: status === 429,
      fault: struck?.kind,
    });
  if (fault !== undefined) {
    if (failInstead(fault, res, log)) return;
    if (fault.kind === 'rate_limit') {
      log(429, 'ratelimited');
      return respond(res, 429, 'text/plain', 'ratelimited', { 'retry-after': String(fault.value ?? 1) });
    }
    if (fault.kind === 'error' && !fault.after) {
      log(400, String(fault.value ?? 'internal_error'));
      return respond(res, 400, 'text/plain', String(fault.value ?? 'internal_error'));
    }
  }
  const refused = store(file, sent);
  if (refused !== undefined) {
    if (fault !== undefined) sim.faults.undo(fault);
    log(refused.status, refused.error, undefined);
    return respond(res, refused.status, 'text/plain', refused.error);
  }
  sim.world.uploads.delete(path);
  const write = () => respond(res, 200, 'text/plain', `OK - ${sent?.bytes.length}`);
  if (fault !== undefined && loseAnswer(fault, res, log, write)) return;
  if (fault?.kind === 'error') {
    log(400);
    return respond(res, 400, 'text/plain', String(fault.value ?? 'internal_error'));
  }
  log(200);
  write();
}

interface Sent {
  bytes: Buffer;
  type: string;
}

async function readContent(req: IncomingMessage): Promise<Sent | undefined> {
  const body = await readBody(req);
  const type = req.headers['content-type'] ?? 'application/octet-stream';
  if (!type.startsWith('multipart/form-data')) return { bytes: body, type };
  const part = [...((await parseMultipart(type, body))?.values() ?? [])].find((v) => typeof v !== 'string');
  if (part === undefined || typeof part === 'string') return undefined;
  return { bytes: Buffer.from(await part.arrayBuffer()), type: part.type || 'application/octet-stream' };
}

/** Stores the content of the file, or returns why it is refused. */
function store(file: SlackFile | undefined, sent: Sent | undefined): { status: number; error: string } | undefined {
  if (file === undefined) return { status: 404, error: 'Not Found' };
  if (sent === undefined) return { status: 400, error: 'Bad Request' };
  if (sent.bytes.length !== file.announcedLength)
    return { status: 400, error: `expected ${file.announcedLength} bytes, got ${sent.bytes.length}` };
  file.content = sent.bytes;
  file.contentType = contentTypeOf(file.name) ?? sent.type.split(';')[0] ?? sent.type;
  return undefined;
}

/** With a token for the app; without one for the page that shows what people see. */
export function sendFile(sim: Simulation, path: string, req: IncomingMessage, res: ServerResponse): void {
  const id = /^\/files-pri\/[A-Z0-9]+-([A-Z0-9]+)\//.exec(path)?.[1];
  const file = id === undefined ? undefined : sim.world.files.get(id);
  const bearer = bearerOf(req.headers.authorization);
  if (bearer !== undefined) {
    const token = authenticate(sim, bearer);
    if (typeof token === 'string' || token.team !== file?.team || !token.scopes.has('files:read'))
      return respond(res, 403, 'text/plain', 'Forbidden');
  }
  if (file?.content === undefined) return respond(res, 404, 'text/plain', 'Not Found');
  respond(res, 200, file.contentType, file.content);
}

const known: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  csv: 'text/csv',
  pdf: 'application/pdf',
  txt: 'text/plain',
  json: 'application/json',
};

function contentTypeOf(name: string): string | undefined {
  return known[name.slice(name.lastIndexOf('.') + 1).toLowerCase()];
}
