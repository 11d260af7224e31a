// Sends at fixed times, independent of earlier responses, so that a stall appears as latency. The latency of a message
// is the time from its record's timestamp to Slack's receipt.
import { randomUUID } from 'node:crypto';
import { kafkaClient, recordOf, until, type Playground, type SimulatedWorkspace } from '@carillon/playground';
import { requested } from './prefill.ts';
import { messages, posts, request, type Target } from './workspace.ts';

export interface Planned extends Target {
  /** After the beginning. */
  atMs: number;
}

export interface Passage {
  channel: string;
  /** ms since 1970; the record carries it as its timestamp. */
  publishedAt: number;
  receivedAt: number;
}

export interface EvenPlan {
  everyMs: number;
  /** Each comes up to this much later. */
  jitterMs: number;
  seconds: number;
}

/** Regular with jitter, and the channels not in step. The same each time, but for the jitter's dice. */
export function planEvenly(
  { installationId, channels }: Pick<SimulatedWorkspace, 'installationId' | 'channels'>,
  { everyMs, jitterMs, seconds }: EvenPlan,
): Planned[] {
  return channels.flatMap((channel, c) =>
    Array.from({ length: (seconds * 1_000) / everyMs }, (_, n) => ({
      atMs: n * everyMs + (c / channels.length) * everyMs + Math.random() * jitterMs,
      installationId,
      channel,
    })),
  );
}

/** Publishes each as planned, and waits until Slack has them all. Those of one instant travel together. */
export async function openLoop(
  playground: Playground,
  planned: readonly Planned[],
  patienceMs = 60_000,
): Promise<Passage[]> {
  const run = randomUUID().slice(0, 8);
  const plan = planned.map((to, n) => ({ ...to, n })).sort((a, b) => a.atMs - b.atMs);
  const publishedAt = new Map<number, number>();
  const producer = kafkaClient(playground.kafka.brokers, 'bench').producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const before = (await posts(playground)).ok;
  try {
    const begun = Date.now();
    const sending: Promise<unknown>[] = [];
    for (let next = 0; next < plan.length; ) {
      const now = Date.now();
      const due = [];
      for (; next < plan.length && plan[next]!.atMs <= now - begun; next++) due.push(plan[next]!);
      if (due.length > 0) {
        for (const { n } of due) publishedAt.set(n, now);
        const records = due.map(({ n, ...to }) => ({
          ...recordOf(requested, request(to, `${run}-${n}`, `Report ${run}-${n}`)),
          timestamp: String(now),
        }));
        const sent = producer.send({ topic: requested, acks: -1, messages: records });
        sent.catch(() => undefined); // told by Promise.all below
        sending.push(sent);
      }
      const upcoming = plan[next];
      if (upcoming)
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, begun + upcoming.atMs - Date.now())));
    }
    await Promise.all(sending);
    const enough = async (): Promise<boolean> => (await posts(playground)).ok - before >= plan.length;
    await until('as many posts as were published', enough, { timeoutMs: patienceMs });
    return await arrived(playground, run, begun, plan, publishedAt, patienceMs);
  } finally {
    await producer.disconnect();
  }
}

function arrived(
  playground: Playground,
  run: string,
  begun: number,
  plan: readonly (Planned & { n: number })[],
  publishedAt: ReadonlyMap<number, number>,
  patienceMs: number,
): Promise<Passage[]> {
  const number = new RegExp(`${run}-(\\d+)`);
  return until(
    'all of the load in Slack',
    async () => {
      const receivedAt = new Map<number, number>();
      for (const message of await messages(playground, { since: String(begun) })) {
        const n = number.exec(message.text)?.[1];
        if (n !== undefined) receivedAt.set(Number(n), message.receivedAt);
      }
      if (receivedAt.size < plan.length) throw new Error(`${receivedAt.size} of ${plan.length} have arrived`);
      return plan.map(({ n, channel }) => ({
        channel,
        publishedAt: publishedAt.get(n)!,
        receivedAt: receivedAt.get(n)!,
      }));
    },
    { timeoutMs: patienceMs, everyMs: 1_000 },
  );
}
