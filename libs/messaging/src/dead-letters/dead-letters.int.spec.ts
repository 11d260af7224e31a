// What the dead letters promise an operator, on a real broker.
import { afterAll, describe, expect, test } from '@jest/globals';
import { Publisher } from '../publishing/publisher.ts';
import { testKafka } from '../testing/broker.ts';
import { uniqueTopic } from '../testing/unique-topic.ts';
import { ensureTopics } from '../topics/ensure-topics.ts';
import { deadLetter } from './dead-letter.ts';
import { DeadLetters } from './dead-letters.ts';
import { readTopics } from './read-topics.ts';
import { connectKafka, patientRetry } from '../kafka/connect.ts';

const config = testKafka();
const publisher = new Publisher(config);
const kafka = connectKafka(config, patientRetry);
const admin = kafka.admin();

afterAll(() => Promise.all([publisher.close(), admin.disconnect()]));

const letterOf = (topic: string, offset: string, code: string) =>
  deadLetter({ topic, partition: 0, offset, code, detail: `why ${offset}`, key: 'k', raw: { key: Buffer.from('k'), value: Buffer.from(`value ${offset}`), headers: { ce_id: Buffer.from(offset) } } });

describe('DeadLetters', () => {
  test('lists, shows and sends again what waits, and remembers what was sent again', async () => {
    const topic = uniqueTopic();
    const quiet = uniqueTopic();
    await ensureTopics(config, [topic, quiet], 'create');
    await publisher.publishRecords([letterOf(topic.name, '5', 'not_json'), letterOf(topic.name, '8', 'unknown_tenant')]);
    const letters = new DeadLetters(config, [topic, quiet, uniqueTopic()]);
    await letters.connect();

    expect(await letters.counts()).toMatchObject([{ topic: topic.name, waiting: 2, retried: 0, reasons: { not_json: 1, unknown_tenant: 1 } }]);
    const [first] = await letters.list({ topic: topic.name, reason: 'unknown_tenant' });
    expect(first).toMatchObject({ reason: 'unknown_tenant', detail: 'why 8', from: { topic: topic.name, partition: 0, offset: '8' } });
    expect(await letters.show(`${topic.name}.dlq`, 0, first!.offset)).toEqual(first);

    await letters.retry([first!]);
    await admin.connect();
    const [again] = await readTopics(kafka, admin, [topic.name]);
    expect(again!.message).toMatchObject({ key: Buffer.from('k'), value: Buffer.from('value 8') });
    expect(Object.keys(again!.message.headers!).sort()).toEqual(['ce_id', 'dlq_retried_from']);

    expect(await letters.list({ topic: topic.name })).toHaveLength(1);
    expect(await letters.counts()).toMatchObject([{ waiting: 1, retried: 1 }]);
    expect((await letters.show(topic.name, 0, first!.offset)).retriedAt).toBeDefined();
    await expect(letters.show(topic.name, 0, '999')).rejects.toMatchObject({ code: 'dead_letter_missing' });
    await letters.close();
  }, 60_000);
});
