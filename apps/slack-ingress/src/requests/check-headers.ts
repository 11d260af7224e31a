// What the headers of a request must say before a byte of its body is read: a signature, a timestamp near the present,
// and no length beyond the limit. Pure. Whether the signature belongs to the body is checked when the body is there.
import type { IncomingHttpHeaders } from 'node:http';
import { isFresh } from '@carillon/slack';
import { largestBodyBytes } from './read-body.ts';
import type { RefusalReason } from './refusal.ts';

export interface SignedHead {
  timestamp: string;
  signature: string;
}

export function checkHeaders(headers: IncomingHttpHeaders, now: number): SignedHead | RefusalReason {
  const timestamp = headers['x-slack-request-timestamp'];
  const signature = headers['x-slack-signature'];
  if (typeof timestamp !== 'string' || typeof signature !== 'string' || !/^v0=[0-9a-f]{64}$/.test(signature))
    return 'unsigned';
  if (!isFresh(timestamp, now)) return 'stale';
  if (Number(headers['content-length'] ?? 0) > largestBodyBytes) return 'too_large';
  return { timestamp, signature };
}
