/** Slack's request signature, v0: HMAC-SHA256 over version, time and raw body. */
import { createHmac } from 'node:crypto';

export function signedHeaders(
  signingSecret: string,
  body: string,
  atSeconds = Math.floor(Date.now() / 1000),
): Record<string, string> {
  const mac = createHmac('sha256', signingSecret).update(`v0:${atSeconds}:${body}`).digest('hex');
  return { 'x-slack-request-timestamp': String(atSeconds), 'x-slack-signature': `v0=${mac}` };
}
