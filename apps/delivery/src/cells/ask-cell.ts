// One request to another cell's delivery service, as its caller sent it. Guarantees: it goes to the address that the
// operator declared, whatever the path says; the answer is that cell's, or a 503 where it has none; a cell that is
// asked this way answers itself and asks no other.
import { Problem, unavailable } from '@carillon/runtime';
import type { Cell } from '@carillon/domain';
import type { Request } from 'express';

/** Names the cell that is to answer. Callers may send it too. */
export const cellHeader = 'carillon-cell';

const passedOn = ['authorization', 'carillon-tenant', 'if-match', 'idempotency-key', 'traceparent', 'tracestate'];
const timeoutMs = 20_000;

/** @param path with its query */
export async function askCell(cell: Cell, request: Request, path = request.originalUrl): Promise<unknown> {
  const headers = new Headers({ accept: 'application/json', [cellHeader]: cell.id });
  for (const name of passedOn) {
    const value = request.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  const body = request.body === undefined || request.method === 'GET' ? undefined : JSON.stringify(request.body);
  if (body !== undefined) headers.set('content-type', 'application/json');
  const response = await fetched(cell, `${new URL(cell.deliveryUrl).origin}${path}`, {
    method: request.method,
    headers,
    ...(body !== undefined && { body }),
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (response.ok) return response.body;
  throw problemFrom(response);
}

interface Answer {
  ok: boolean;
  status: number;
  body: unknown;
  retryAfter: string | null;
}

async function fetched(cell: Cell, url: string, init: RequestInit): Promise<Answer> {
  try {
    const response = await fetch(url, init);
    const { ok, status } = response;
    return { ok, status, body: await response.json(), retryAfter: response.headers.get('retry-after') };
  } catch (cause) {
    throw unavailable(`cell ${cell.id} does not answer`, cause);
  }
}

function problemFrom({ status, body, retryAfter }: Answer): Problem {
  const { title, detail, errors } = (body ?? {}) as { title?: string; detail?: string; errors?: Problem['errors'] };
  return new Problem(status, title ?? 'Request Refused', detail, errors, {
    ...(retryAfter !== null && { headers: { 'retry-after': retryAfter } }),
  });
}
