/** The upload URL and the download of what was uploaded. Bytes come raw or as one multipart field of any name. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Simulation } from '../simulation.ts';
import { readBody, respond } from '../http.ts';
import { parseMultipart } from './arguments.ts';
import { authenticate, bearerOf } from './authenticate.ts';

export async function receiveUpload(
  sim: Simulation,
  path: string,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const body = await readBody(req);
  const file = sim.world.uploads.get(path);
  if (file === undefined) return respond(res, 404, 'text/plain', 'Not Found');
  let bytes = body;
  let type = req.headers['content-type'] ?? 'application/octet-stream';
  if (type.startsWith('multipart/form-data')) {
    const part = [...((await parseMultipart(type, body))?.values() ?? [])].find((v) => typeof v !== 'string');
    if (part === undefined || typeof part === 'string') return respond(res, 400, 'text/plain', 'Bad Request');
    bytes = Buffer.from(await part.arrayBuffer());
    type = part.type || 'application/octet-stream';
  }
  if (bytes.length !== file.announcedLength)
    return respond(res, 400, 'text/plain', `expected ${file.announcedLength} bytes, got ${bytes.length}`);
  sim.world.uploads.delete(path);
  file.content = bytes;
  file.contentType = contentTypeOf(file.name) ?? type.split(';')[0] ?? type;
  respond(res, 200, 'text/plain', `OK - ${bytes.length}`);
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
