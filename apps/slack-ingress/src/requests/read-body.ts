// Reads the bytes of a request. Guarantees: at most 1 MB, and never more than the process has room for; a body that
// does not arrive within the time ends the wait; nothing is parsed.
import type { IncomingMessage } from 'node:http';
import type { Share } from './capacity.ts';
import { Refused } from './refusal.ts';

export const largestBodyBytes = 1_048_576;
/** Slack sends a body within milliseconds. */
const bodyMs = 2_000;

/** Throws Refused. The caller closes the connection where the rest was not read. */
export function readBody(request: IncomingMessage, share: Share): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const timer = setTimeout(() => end(new Refused('body_timeout')), bodyMs);
    const end = (error: Refused): void => {
      clearTimeout(timer);
      request.removeAllListeners('data');
      request.pause();
      reject(error);
    };
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > largestBodyBytes) return end(new Refused('too_large'));
      if (!share.take(chunk.length)) return end(new Refused('overloaded'));
      chunks.push(chunk);
    });
    request.once('end', () => {
      clearTimeout(timer);
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    });
    request.once('error', () => end(new Refused('unreadable')));
    request.once('close', () => {
      if (!request.complete) end(new Refused('unreadable'));
    });
  });
}
