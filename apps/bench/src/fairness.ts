// One tenant's burst beside another tenant's single notifications: how late the single ones are, from their publication
// to the decision (`resolved`) and to delivery's outcome, while a burst of 100,000 requests arrives at full speed
// (`live`), and while one that arrived before the services started waits in the topic (`waiting`). The goal: no single
// one is more than 2 s later than it would be. The burst is published by a process of its own, as another product's
// would be. Nothing is sent: the burst's installation is lost, and the single ones' member hears nothing.
import { randomUUID } from 'node:crypto';
import { notificationIdOf } from '@carillon/domain/ids';
import { kafkaClient, lagOf, recordOf, startPlayground, type Playground } from '@carillon/playground';
import type { Consumer, Kafka, Producer } from 'kafkajs';
import { startChild } from './child-process.ts';
import { environment } from './environment.ts';
import { content, prefillTenant, requested } from './prefill.ts';
import { figure, percentile, type Figure } from './report.ts';

const burst = Number(environment['FAIRNESS_BURST'] ?? 100_000);
/**
 * The default quota of each process is 500/s; on a machine that decides fewer than some 5,000/s, give less:
 * FAIRNESS_QUOTA.
 */
const quota = Number(environment['FAIRNESS_QUOTA'] ?? 500);
const everyMs = 200;
const goalMs = 2_000;
/** The single ones go on for this long after the burst was published. */
const afterMs = 15_000;
const resolved = 'carillon.notification.resolved.v1';
const outcomes = 'carillon.notification.outcome.v1';
const services = ['preferences', 'delivery'] as const;

export async function* fairnessBench(): AsyncIterable<Figure> {
  const quiet = { LOG_LEVEL: 'warn' };
  const quotas = {
    QUOTA_REQUESTS_PER_SECOND: String(quota),
    QUOTA_BURST: String(4 * quota),
    DEFERRED_REQUESTS_PER_SECOND: String(4 * quota),
  };
  const playground = await startPlayground({
    portOffset: 'free',
    quiet: true,
    services: [...services],
    durable: false,
    env: { preferences: { ...quiet, ...quotas }, delivery: quiet },
  });
  const kafka = kafkaClient(playground.kafka.brokers, 'bench');
  const seen = new Arrivals(kafka);
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  try {
    await Promise.all([producer.connect(), seen.start()]);
    await prefillTenant(kafka, 'lost');
    const alone = await singles(producer, seen, 'alone', 5_000);
    const live = await withBurst(playground, producer, seen, 'live');
    await Promise.all(services.map((name) => playground.service(name).stop()));
    const waiting = await afterRestart(playground, kafka, producer, seen);
    for (const [name, late] of Object.entries({ live, waiting })) {
      const details = {
        burst,
        quota,
        singles: late.resolved.length,
        alone: summary(alone),
        resolved: summary(late.resolved),
        outcome: summary(late.outcome),
        goal: 'max ≤ 2 s more than alone',
      };
      yield figure(`fairness-${name}`, percentile(late.resolved, 1), goalMs, 'ms', 'less', details);
    }
  } finally {
    await Promise.allSettled([producer.disconnect(), seen.stop()]);
    await playground.stop();
  }
}

interface Latencies {
  resolved: number[];
  outcome: number[];
}

const summary = (of: number[] | Latencies): object =>
  Array.isArray(of)
    ? { p50: percentile(of, 0.5), p99: percentile(of, 0.99), max: percentile(of, 1) }
    : { resolved: summary(of.resolved), outcome: summary(of.outcome) };

async function withBurst(playground: Playground, producer: Producer, seen: Arrivals, run: string): Promise<Latencies> {
  let published = false;
  const publishing = publishBurst(playground, run).then(() => (published = true));
  const late = await singles(producer, seen, run, afterMs, () => published);
  await publishing;
  return late;
}

function publishBurst({ kafka }: Playground, run: string): Promise<void> {
  const env = { BROKERS: kafka.brokers.join(','), COUNT: String(burst), PREFIX: `${run}-` };
  return startChild('fairness-burst', env).ended;
}

/** The single ones begin when the service reads: what is measured is the burst before them, not the start. */
async function afterRestart(
  playground: Playground,
  kafka: Kafka,
  producer: Producer,
  seen: Arrivals,
): Promise<Latencies> {
  await publishBurst(playground, 'waiting');
  await Promise.all(services.map((name) => playground.service(name).start()));
  const admin = kafka.admin();
  await admin.connect();
  const before = await lagOf(admin, 'carillon.preferences', requested);
  while ((await lagOf(admin, 'carillon.preferences', requested)) === before) await pause(20);
  await admin.disconnect();
  return singles(producer, seen, 'waiting', afterMs);
}

/** One notification every 200 ms, for `ms` after `begun()`; waits until each has arrived on both topics. */
async function singles(
  producer: Producer,
  seen: Arrivals,
  name: string,
  ms: number,
  begun: () => boolean = () => true,
): Promise<Latencies> {
  const run = `${name}-${randomUUID().slice(0, 8)}`;
  const sent = new Map<string, number>();
  let end = Number.POSITIVE_INFINITY;
  for (let n = 0; performance.now() < end; n++) {
    if (end === Number.POSITIVE_INFINITY && begun()) end = performance.now() + ms;
    const id = `${run}-${n}`;
    const notificationId = notificationIdOf('globex', '/bench', id);
    seen.await(notificationId);
    sent.set(notificationId, performance.now());
    const data = { tenantId: 'globex', type: 'report.ready', to: [{ member: 'grace' }], ...content(n) };
    const sending = producer.send({
      topic: requested,
      acks: -1,
      messages: [recordOf(requested, { key: id, id, source: '/bench', data })],
    });
    await Promise.all([sending, pause(everyMs)]);
  }
  const deadline = performance.now() + 300_000;
  while (seen.waiting > 0) {
    if (performance.now() > deadline)
      throw new Error(`${seen.waiting} of ${2 * sent.size} single notifications did not arrive in 5 minutes`);
    await pause(50);
  }
  const of = (at: ReadonlyMap<string, number>): number[] => [...sent].map(([id, from]) => at.get(id)! - from);
  return { resolved: of(seen.resolved), outcome: of(seen.outcome) };
}

/** When the awaited notifications arrived on the two topics; of all others only the id is looked at. */
class Arrivals {
  readonly resolved = new Map<string, number>();
  readonly outcome = new Map<string, number>();
  readonly #awaited = new Set<string>();
  readonly #consumer: Consumer;

  constructor(kafka: Kafka) {
    this.#consumer = kafka.consumer({ groupId: `bench-${randomUUID()}`, maxWaitTimeInMs: 20 });
  }

  get waiting(): number {
    return 2 * this.#awaited.size - this.resolved.size - this.outcome.size;
  }

  await(notificationId: string): void {
    this.#awaited.add(notificationId);
  }

  async start(): Promise<void> {
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [resolved, outcomes], fromBeginning: true });
    await this.#consumer.run({
      eachBatch: ({ batch }) => {
        const at = performance.now();
        for (const { key, headers } of batch.messages) {
          const id = batch.topic === outcomes ? String(key) : String(headers?.['ce_id']).slice(0, 36);
          const arrived = batch.topic === outcomes ? this.outcome : this.resolved;
          if (this.#awaited.has(id) && !arrived.has(id)) arrived.set(id, at);
        }
        return Promise.resolve();
      },
    });
  }

  stop(): Promise<void> {
    return this.#consumer.disconnect();
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
