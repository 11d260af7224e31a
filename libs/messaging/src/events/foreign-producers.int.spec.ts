// CloudEvents as foreign producers write them, on a real broker: every good one between the bad ones is handled in its
// order, every bad one is a dead letter whose reason names the fault.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { afterAll, expect, test } from '@jest/globals';
import { BatchConsumer } from '../consuming/batch-consumer.ts';
import { DeadLetters } from '../dead-letters/dead-letters.ts';
import { kafkajsClient } from '../kafka/clients/kafkajs/connect-kafkajs.ts';
import { unlimitedRetry } from '../kafka/retry-policy.ts';
import { Publisher } from '../publishing/publisher.ts';
import { testKafka, until } from '../testing/broker.ts';
import { uniqueTopic } from '../testing/unique-topic.ts';
import { createTopics } from '../testing/create-topics.ts';

const config = testKafka();
const publisher = new Publisher(config);
const topic = uniqueTopic();
const running: BatchConsumer[] = [];

afterAll(async () => {
  await Promise.all(running.map((consumer) => consumer.stop()));
  await publisher.close();
});

async function produceWithKcat(value: string, headers: Record<string, string>): Promise<void> {
  const kcat = spawn('kcat', [
    '-P',
    '-b',
    config.brokers[0]!,
    '-t',
    topic.name,
    '-D',
    '\u0001',
    ...Object.entries(headers).flatMap(([name, text]) => ['-H', `${name}=${text}`]),
  ]);
  const complaint = buffer(kcat.stderr);
  kcat.stdin.end(value);
  const [code] = (await once(kcat, 'close')) as [number];
  if (code !== 0) throw new Error(`kcat: ${String(await complaint)}`);
}

const binary = (id: string) => ({ ce_specversion: '1.0', ce_id: id, ce_source: '/kcat', ce_type: topic.name });
const structured = (n: number, rest: object = { data: { n } }): string =>
  JSON.stringify({ specversion: '1.0', id: `s-${n}`, source: '/kcat', type: topic.name, ...rest });

test('what foreign producers write is handled in its order, or is a dead letter that names the fault', async () => {
  await createTopics(config, [topic]);
  await produceWithKcat('{"n":1}', binary('1'));
  await produceWithKcat('{"n":0}', { ...binary('bad'), ce_specversion: '0.3' });
  await produceWithKcat('{"n":2}', {
    CE_SPECVERSION: '1.0',
    Ce_Id: '2',
    ce_Source: '/kcat',
    CE_TYPE: topic.name,
    'Content-Type': 'application/json; charset=utf-8',
  });
  await produceWithKcat(`[${structured(0)}]`, { 'content-type': 'application/cloudevents-batch+json' });
  await produceWithKcat(structured(3), { 'content-type': 'application/cloudevents+json; charset=UTF-8' });
  await produceWithKcat('{"n":0}', { ...binary('bad'), 'content-type': 'application/json; charset=latin1' });
  await produceWithKcat(structured(4, { data_base64: Buffer.from('{"n":4}').toString('base64') }), {
    'content-type': 'application/cloudevents+json',
  });
  await produceWithKcat(structured(0), {});

  const producer = kafkajsClient(config, unlimitedRetry).producer();
  await producer.connect();
  await producer.send({
    topic: topic.name,
    messages: [
      { key: 'k', value: null, headers: binary('tombstone') },
      { value: Buffer.from([0xff, 0xfe]), headers: binary('bytes') },
      {
        value: '{"n":5}',
        headers: {
          ...binary('5'),
          traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
          tracestate: 'a=b,'.repeat(200_000),
        },
      },
    ],
  });
  await producer.disconnect();

  const seen: number[] = [];
  const states: (string | undefined)[] = [];
  const consumer = new BatchConsumer(config, {
    group: `test.${randomUUID()}`,
    subscriptions: [
      {
        topic,
        fromBeginning: true,
        handler: {
          handle(batch) {
            for (const record of batch.records) {
              seen.push((record.data as { n: number }).n);
              states.push(record.tracestate);
            }
            return Promise.resolve();
          },
        },
      },
    ],
    publisher,
    onDead: (error) => {
      throw error;
    },
  });
  running.push(consumer);
  await consumer.start();
  await until(() => seen.length === 5);
  expect(seen).toEqual([1, 2, 3, 4, 5]);
  expect(states.at(-1)!.length).toBeLessThanOrEqual(512);

  const letters = new DeadLetters(config, [topic]);
  let found: Awaited<ReturnType<DeadLetters['list']>> = [];
  await until(async () => (found = await letters.list({ topic: topic.name })).length === 6);
  expect(found.map(({ reason, detail }) => `${reason}: ${detail}`)).toEqual([
    'not_a_cloud_event: ce_specversion is "0.3"; 1.0 is read',
    expect.stringMatching(
      /^unsupported_content_type: content-type is "application\/cloudevents-batch\+json", the batch format/,
    ),
    expect.stringMatching(/^unsupported_content_type: .*the charset "latin1" is not read, utf-8 is$/),
    expect.stringMatching(/^not_a_cloud_event: the value is a structured CloudEvent, but the header content-type/),
    expect.stringMatching(/^empty_value: .*a tombstone means nothing on this topic$/),
    'not_utf8: the value is not UTF-8',
  ]);
  await letters.close();
});
