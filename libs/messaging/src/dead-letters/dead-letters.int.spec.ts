// What the dead letters promise an operator, on a real broker.
import { deadLetterNameOf } from '@carillon/domain';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { kafkajsClient } from '../kafka/clients/kafkajs/connect-kafkajs.ts';
import { connectKafka, unlimitedRetry } from '../kafka/connect.ts';
import { Publisher } from '../publishing/publisher.ts';
import { testKafka } from '../testing/broker.ts';
import { sendForeign } from '../testing/foreign-producer.ts';
import { uniqueTopic } from '../testing/unique-topic.ts';
import { createTopics } from '../testing/create-topics.ts';
import { deadLetter } from './dead-letter.ts';
import { DeadLetters } from './dead-letters.ts';
import { readRanges, wholeTopics } from './read-ranges.ts';
import { undecodableBatch } from './undecodable-batch.ts';
import type { KafkaRecord } from '../records/kafka-record.ts';

const config = testKafka();
const publisher = new Publisher(config);
const kafka = connectKafka(config, unlimitedRetry);
const admin = kafka.admin();

beforeAll(() => admin.connect());
afterAll(() => Promise.all([publisher.close(), admin.disconnect()]));

const letterOf = (topic: string, offset: string, code: string) =>
  deadLetter({
    topic,
    partition: 0,
    offset,
    code,
    detail: `why ${offset}`,
    key: 'k',
    raw: { key: Buffer.from('k'), value: Buffer.from(`value ${offset}`), headers: { ce_id: Buffer.from(offset) } },
  });

async function recordsOf(topic: string): Promise<KafkaRecord[]> {
  const messages: KafkaRecord[] = [];
  await readRanges(kafka, admin, await wholeTopics(admin, [topic]), ({ message }) => void messages.push(message));
  return messages;
}

describe('DeadLetters', () => {
  test('lists, shows and sends again what waits, and remembers what was sent again', async () => {
    const topic = uniqueTopic();
    const quiet = uniqueTopic();
    await createTopics(config, [topic, quiet]);
    await publisher.publishRecords([
      letterOf(topic.name, '5', 'not_json'),
      letterOf(topic.name, '8', 'unknown_tenant'),
    ]);
    const letters = new DeadLetters(config, [topic, quiet, uniqueTopic()]);
    await letters.connect();

    expect(await letters.counts()).toMatchObject([
      { topic: topic.name, waiting: 2, retried: 0, reasons: { not_json: 1, unknown_tenant: 1 } },
    ]);
    const [first] = await letters.load(await letters.list({ topic: topic.name, reason: 'unknown_tenant' }));
    expect(first).toMatchObject({
      reason: 'unknown_tenant',
      detail: 'why 8',
      from: { topic: topic.name, partition: 0, offset: '8' },
      missing: [],
      value: Buffer.from('value 8'),
    });
    expect(await letters.show(deadLetterNameOf(topic), 0, first!.offset)).toEqual(first);

    expect(await letters.retry([first!])).toMatchObject([{ sent: true }]);
    const [again] = await recordsOf(topic.name);
    expect(again).toMatchObject({ key: Buffer.from('k'), value: Buffer.from('value 8') });
    expect(Object.keys(again!.headers!).sort()).toEqual(['ce_id', 'dlq_retried_from']);

    expect(await letters.list({ topic: topic.name })).toHaveLength(1);
    expect(await letters.counts()).toMatchObject([{ waiting: 1, retried: 1 }]);
    expect((await letters.show(topic.name, 0, first!.offset)).retriedAt).toBeDefined();
    await expect(letters.show(topic.name, 0, '999')).rejects.toMatchObject({ code: 'dead_letter_missing' });
    await letters.close();
  });

  test('a truncated letter leads to its original, which a retry sends whole; without it the retry is refused', async () => {
    const topic = uniqueTopic();
    await createTopics(config, [topic]);
    const raw = {
      key: Buffer.from('k'),
      value: Buffer.alloc(3_000_000, 'v'),
      headers: { ce_id: 'big', dlq_reason: 'forged' },
    };
    await sendForeign(topic.name, [{ value: 'before' }, raw, { value: 'after' }], { gzip: true });
    const from = { topic: topic.name, partition: 0, code: 'invalid_payload', detail: 'd', key: 'k', raw };
    await publisher.publishRecords([
      deadLetter({ ...from, offset: '1' }),
      deadLetter({ ...from, offset: '2' }),
      deadLetter({ ...from, offset: '77' }),
      undecodableBatch({
        topic: topic.name,
        partition: 0,
        firstOffset: '3',
        lastOffset: '9',
        code: 'unsupported_compression',
        detail: 'd',
      }),
    ]);
    const letters = new DeadLetters(config, [topic]);
    await letters.connect();
    const [whole, other, absent, batch] = await letters.list();
    expect(whole).toMatchObject({
      reason: 'invalid_payload',
      missing: ['value'],
      size: { original: { value: 3_000_000, headers: 2 } },
    });
    expect(whole!.size.held.value).toBeLessThan(1_200_000);
    const original = await letters.originalOf(whole!);
    expect(
      'record' in original && {
        key: original.record.key,
        same: original.record.value!.equals(raw.value),
        headers: original.record.headers,
      },
    ).toEqual({ key: raw.key, same: true, headers: raw.headers });
    expect(await letters.originalOf(other!)).toMatchObject({
      gone: expect.stringContaining('another record is at offset 2') as unknown,
    });
    expect(await letters.originalOf(absent!)).toMatchObject({
      gone: expect.stringContaining('ends before offset 77') as unknown,
    });
    expect(await letters.originalOf(batch!)).toMatchObject({
      gone: expect.stringContaining('offsets 3 to 9') as unknown,
    });

    const results = await letters.retry(await letters.load([whole!, other!, batch!]));
    expect(results.map(({ sent }) => sent)).toEqual([true, false, false]);
    expect(results[1]).toMatchObject({
      reason: expect.stringContaining('the letter is truncated, and another record') as unknown,
    });
    const again = (await recordsOf(topic.name)).at(-1)!;
    expect(again.value!.equals(raw.value)).toBe(true);
    expect(Object.keys(again.headers!).sort()).toEqual(['ce_id', 'dlq_reason', 'dlq_retried_from']);
    expect((await letters.list()).map(({ offset }) => offset)).toEqual(['1', '2', '3']);

    const foreign = kafkajsClient(config, unlimitedRetry).admin();
    await foreign.fetchTopicOffsets(topic.name);
    await foreign.deleteTopicRecords({ topic: topic.name, partitions: [{ partition: 0, offset: '3' }] });
    await foreign.disconnect();
    expect(await letters.originalOf(whole!)).toMatchObject({
      gone: expect.stringContaining('retention has removed it') as unknown,
    });
    await letters.close();
  });
});
