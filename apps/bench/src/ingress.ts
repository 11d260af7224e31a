// How many events of Slack one process of slack-ingress acknowledges, against Fastify and kafkajs alone, which do not
// look in a database whether an event was received before. Of the two forms of the baseline the faster one counts.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { findFreePort, kafkaClient, startPlayground, until } from '@carillon/playground';
import { startChild, type ChildProcess } from './child-process.ts';
import type { Acknowledged, IngressLoad } from './ingress-load.ts';
import { figure, median, type Figure } from './report.ts';

const load = { warmUp: 2_000, events: 15_000, concurrency: 64, teams: 50 };
/** In the first round all processes are still being compiled. It does not count. */
const roundCount = 1 + 5;
const topic = 'carillon.slack.event.v1';
const slackApp = { clientId: '1.2', clientSecret: 'bench-client', signingSecret: 'bench-signing' };

const sides = ['ours', 'each', 'tick'] as const;
type Side = (typeof sides)[number];

interface Receiver {
  url: string;
  pid: number | undefined;
  topic: string;
}

export async function* ingressBench(): AsyncIterable<Figure> {
  const playground = await startPlayground({
    portOffset: 'free',
    quiet: true,
    services: ['slack-ingress'],
    slackApp,
    env: { 'slack-ingress': { LOG_LEVEL: 'warn' } },
  });
  const admin = kafkaClient(playground.kafka.brokers, 'bench').admin();
  const bare: ChildProcess[] = [];
  try {
    await admin.connect();
    const numPartitions = (await admin.fetchTopicOffsets(topic)).length;
    const startBare = async (form: 'each' | 'tick'): Promise<Receiver> => {
      const [own, port] = [`bare.${form}`, await findFreePort()];
      await admin.createTopics({ topics: [{ topic: own, numPartitions }] });
      const child = startChild('bare/receive', {
        BROKERS: playground.kafka.brokers.join(','),
        TOPIC: own,
        PORT: String(port),
        SECRET: slackApp.signingSecret,
        SEND: form,
      });
      bare.push(child);
      const url = `http://127.0.0.1:${port}`;
      await until('the bare server', async () => (await fetch(url)).status === 404, { timeoutMs: 30_000, everyMs: 50 });
      return { url, pid: child.pid, topic: own };
    };
    const { url: ingressUrl, pid: ingressPid } = playground.service('slack-ingress');
    const receivers: Record<Side, Receiver> = {
      ours: { url: ingressUrl, pid: ingressPid, topic },
      each: await startBare('each'),
      tick: await startBare('tick'),
    };

    const rounds: Record<Side, Acknowledged[]> = { ours: [], each: [], tick: [] };
    for (let round = 0; round < roundCount; round++)
      for (const side of sides) {
        const { url, pid } = receivers[side];
        const acknowledged = await sendEvents({
          ...load,
          url,
          signingSecret: slackApp.signingSecret,
          run: `${side}${round}x`,
          pids: { process: pid!, kafka: playground.kafka.pid!, postgres: playground.postgres.pid! },
        });
        if (round > 0) rounds[side].push(acknowledged);
      }
    for (const receiver of Object.values(receivers)) {
      const offsets = await admin.fetchTopicOffsets(receiver.topic);
      const found = offsets.reduce((sum, { offset }) => sum + Number(offset), 0);
      const sent = roundCount * (load.warmUp + load.events);
      if (found !== sent) throw new Error(`${receiver.topic} has ${found} records of ${sent} acknowledged events`);
    }
    yield* figuresOf(rounds);
  } finally {
    await Promise.allSettled([admin.disconnect(), ...bare.map((process) => process.stop())]);
    await playground.stop();
  }
}

async function sendEvents(workerData: IngressLoad): Promise<Acknowledged> {
  const worker = new Worker(new URL('./ingress-load.js', import.meta.url), { workerData });
  try {
    const [acknowledged] = (await once(worker, 'message')) as [Acknowledged];
    return acknowledged;
  } finally {
    await worker.terminate();
  }
}

function* figuresOf(rounds: Record<Side, Acknowledged[]>): Iterable<Figure> {
  const all = <T>(of: (rounds: Acknowledged[]) => T): Record<Side, T> => ({
    ours: of(rounds.ours),
    each: of(rounds.each),
    tick: of(rounds.tick),
  });
  const rates = all((some) => some.map(({ eventsPerSecond }) => Math.round(eventsPerSecond)));
  const p99s = all((some) => some.map(({ p99Ms }) => Number(p99Ms.toFixed(1))));
  const faster: Side = median(rates.tick) > median(rates.each) ? 'tick' : 'each';
  yield figure('ingress', median(rates.ours), median(rates[faster]), 'events/s', 'more', {
    goal: 'ratio ≥ 0.7',
    baselineSends: faster,
    rounds: rates,
    cpuMicrosPerEvent: all(cpuOf),
  });
  yield figure('ingress-p99', median(p99s.ours), median(p99s[faster]), 'ms', 'less', {
    p50: all((some) => Number(median(some.map(({ p50Ms }) => p50Ms)).toFixed(1))),
    rounds: p99s,
  });
}

const cpuOf = (rounds: readonly Acknowledged[]): Record<string, number> =>
  Object.fromEntries(
    ['process', 'kafka', 'postgres'].map((name) => [
      name,
      Math.round(median(rounds.map(({ cpuMicros }) => cpuMicros[name]!))),
    ]),
  );
