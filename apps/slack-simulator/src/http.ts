/** HTTP helpers for all routes except those of the Web API, which have their own faster code. */
import type { IncomingMessage, ServerResponse } from 'node:http';

export async function readBody(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export function respond(
  res: ServerResponse,
  status: number,
  contentType: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
): void {
  const type =
    contentType.startsWith('text/') || contentType.includes('json') ? `${contentType}; charset=utf-8` : contentType;
  res.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), ...headers }).end(body);
}

export function respondJson(res: ServerResponse, status: number, body: unknown): void {
  respond(res, status, 'application/json', JSON.stringify(body));
}

export interface FieldError {
  path: string;
  message: string;
}

export function respondProblem(
  res: ServerResponse,
  status: number,
  title: string,
  detail: string,
  errors?: readonly FieldError[],
): void {
  respond(
    res,
    status,
    'application/problem+json',
    JSON.stringify({ type: 'about:blank', title, status, detail, ...(errors === undefined ? {} : { errors }) }),
  );
}

export function redirect(res: ServerResponse, location: string): void {
  res.writeHead(302, { location, 'content-length': 0 }).end();
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
