// Slack's request signature, version v0, over the raw body: creates and verifies it.
// Guarantees: the comparison takes constant time; a timestamp more than five minutes in the past or in the future is
// refused; verification never throws, whatever the request contains.
import { createHmac, timingSafeEqual } from 'node:crypto';

const toleranceSeconds = 300;
const version = 'v0';

export interface SignedRequest {
  signingSecret: string;
  /** `X-Slack-Request-Timestamp`, as received. */
  timestamp: string | undefined;
  /** `X-Slack-Signature`, as received. */
  signature: string | undefined;
  /** The body before any parsing. */
  rawBody: Uint8Array | string;
  /** Epoch milliseconds. */
  now?: number;
}

export function verifySignature({
  signingSecret,
  timestamp,
  signature,
  rawBody,
  now = Date.now(),
}: SignedRequest): boolean {
  // Anybody can compute a signature with an empty secret.
  if (signingSecret === '' || timestamp === undefined || signature === undefined) return false;
  if (!isFresh(timestamp, now)) return false;
  const expected = Buffer.from(sign({ signingSecret, timestamp, rawBody }));
  const received = Buffer.from(signature);
  return expected.length === received.length && timingSafeEqual(expected, received);
}

/** Whether a request of this timestamp is accepted. @param now epoch milliseconds */
export const isFresh = (timestamp: string, now: number): boolean =>
  /^\d{1,12}$/.test(timestamp) && Math.abs(now / 1000 - Number(timestamp)) <= toleranceSeconds;

export function sign(request: {
  signingSecret: string;
  timestamp: string | number;
  rawBody: Uint8Array | string;
}): string {
  const hmac = createHmac('sha256', request.signingSecret);
  hmac.update(`${version}:${request.timestamp}:`).update(request.rawBody);
  return `${version}=${hmac.digest('hex')}`;
}
