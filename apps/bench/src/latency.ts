// What the platform costs a notification that has it to itself: from producer.send to Slack's receipt, one at a time,
// in turn with the least that two Kafka hops could cost: one bare process that reads and writes on, one that reads and
// posts.
import { kafkaClient, connectSimulatedWorkspace, recordOf, startPlayground, until } from '@carillon/playground';
import { startChild, type ChildProcess } from './child-process.ts';
import { requested } from './prefill.ts';
import { figure, percentile, type Figure } from './report.ts';
import { botToken, messages, posts, request } from './workspace.ts';

const count = 200;
const warmUp = 20;
/** So many for each side that no channel and no workspace ever has to wait for its limit. */
const channels = 30;
const sides = ['ours', 'bare'] as const;

export async function* latencyBench(): AsyncIterable<Figure> {
  const playground = await startPlayground({
    portOffset: 'free',
    quiet: true,
    durable: false,
    env: { delivery: { LOG_LEVEL: 'warn' }, preferences: { LOG_LEVEL: 'warn' } },
  });
  const kafka = kafkaClient(playground.kafka.brokers, 'bench');
  const admin = kafka.admin();
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  const bare: ChildProcess[] = [];
  try {
    await Promise.all([admin.connect(), producer.connect()]);
    const workspace = await connectSimulatedWorkspace(playground, {
      teamId: 'T0BENCH',
      channels: channels * sides.length,
    });
    const numPartitions = (await admin.fetchTopicOffsets(requested)).length;
    await admin.createTopics({
      topics: ['bare.requested', 'bare.resolved'].map((topic) => ({ topic, numPartitions })),
    });
    const BROKERS = playground.kafka.brokers.join(',');
    const TOKEN = await botToken(playground, workspace.installationId);
    bare.push(
      startChild('bare/transform', { BROKERS, FROM: 'bare.requested', TO: 'bare.resolved', GROUP: 'bare-transform' }),
    );
    bare.push(
      startChild('bare/post', {
        BROKERS,
        FROM: 'bare.resolved',
        GROUP: 'bare-post',
        SLACK: playground.slack.url,
        TOKEN,
      }),
    );

    const sentAt = { ours: new Map<number, number>(), bare: new Map<number, number>() };
    for (let n = 0; n < count + warmUp; n++) {
      for (const [offset, side] of sides.entries()) {
        const topic = side === 'ours' ? requested : 'bare.requested';
        const channel = workspace.channels[(n % channels) * sides.length + offset]!;
        const record = recordOf(
          topic,
          request({ installationId: workspace.installationId, channel }, `${side}-${n}`, `Report ${side} ${n}`),
        );
        const before = (await posts(playground)).ok;
        sentAt[side].set(n, Date.now());
        await producer.send({ topic, acks: -1, messages: [record] });
        await until('the message in Slack', async () => (await posts(playground)).ok > before, {
          timeoutMs: 60_000,
          everyMs: 10,
        });
        // Not in step with anything that has a period of its own.
        await new Promise((resolve) => setTimeout(resolve, 30 + Math.random() * 50));
      }
    }
    const latencies = { ours: [] as number[], bare: [] as number[] };
    for (const { text, receivedAt } of await messages(playground, { team: workspace.teamId })) {
      const [, side, n] = /Report (ours|bare) (\d+)/.exec(text) ?? [];
      if (side && Number(n) >= warmUp)
        latencies[side as (typeof sides)[number]].push(
          receivedAt - sentAt[side as (typeof sides)[number]].get(Number(n))!,
        );
    }
    const { rateLimited } = await posts(playground);
    for (const [name, share] of [
      ['latency', 0.5],
      ['latency-p99', 0.99],
    ] as const) {
      const details = { messages: latencies.ours.length, rateLimited, ...(share === 0.5 && { goal: 'ratio ≤ 1.5' }) };
      yield figure(name, percentile(latencies.ours, share), percentile(latencies.bare, share), 'ms', 'less', details);
    }
  } finally {
    await Promise.all(bare.map((process) => process.stop()));
    await Promise.allSettled([admin.disconnect(), producer.disconnect()]);
    await playground.stop();
  }
}
