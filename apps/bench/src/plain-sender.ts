// A sender without a ledger, for baselines: each channel takes a message as soon as its time has come, and a 429 stops
// all of them for Retry-After. It knows how fast the channels may go and learns nothing.
import { setTimeout as delay } from 'node:timers/promises';

export interface PlainSending {
  url: string;
  token: string;
  channels: readonly string[];
  everyMs: number;
  forMs: number;
}

export async function sendPlainly({
  url,
  token,
  channels,
  everyMs,
  forMs,
}: PlainSending): Promise<{ accepted: number; refused: number }> {
  const end = Date.now() + forMs;
  let blockedUntil = 0;
  let accepted = 0;
  let refused = 0;
  /** Whether it was accepted. */
  const post = async (channel: string): Promise<boolean> => {
    const response = await fetch(`${url}/api/chat.postMessage`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ channel, text: 'Report' }),
    });
    const answer = (await response.json()) as { ok: boolean; error?: string };
    if (response.status === 429) {
      refused++;
      blockedUntil = Math.max(blockedUntil, Date.now() + Number(response.headers.get('retry-after')) * 1_000);
      return false;
    }
    if (!answer.ok) throw new Error(`Slack refused a bare message: ${answer.error}`);
    accepted++;
    return true;
  };
  await Promise.all(
    channels.map(async (channel) => {
      while (Date.now() < end) {
        const blockedMs = blockedUntil - Date.now();
        if (blockedMs > 0) await delay(blockedMs);
        else if (await post(channel)) await delay(everyMs);
      }
    }),
  );
  return { accepted, refused };
}
