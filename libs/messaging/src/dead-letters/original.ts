// Reads the record that a dead letter was made of from its source topic again. Guarantee: the result is that record,
// compared by its digest, or a sentence that says why the topic does not hold it any more.
import type { Admin, Kafka } from '../kafka/client.ts';
import type { RawIncoming } from '../records/record.ts';
import { digestOf } from './digest.ts';
import { readRanges } from './read-ranges.ts';
import type { DeadLetterSummary } from './read-letter.ts';

export type Original = { record: RawIncoming } | { gone: string };

export async function originalOf(
  kafka: Kafka,
  admin: Admin,
  { from, missing, lastOffset, digest }: DeadLetterSummary,
): Promise<Original> {
  const place = `${from.topic}, partition ${from.partition}`;
  if (missing.includes('batch'))
    return {
      gone: `no record of the batch could be read; it lies in ${place}, offsets ${from.offset} to ${lastOffset}`,
    };
  if (!/^\d{1,19}$/.test(from.offset)) return { gone: 'the letter does not say where it came from' };
  if (!(await admin.listTopics()).includes(from.topic)) return { gone: `the topic ${from.topic} does not exist` };
  const offset = BigInt(from.offset);
  const range = (await admin.fetchTopicOffsets(from.topic)).find(({ partition }) => partition === from.partition);
  if (!range) return { gone: `there is no ${place}` };
  if (offset < BigInt(range.low))
    return { gone: `retention has removed it: ${place} begins at offset ${range.low} now` };
  if (offset >= BigInt(range.high))
    return { gone: `${place} ends before offset ${from.offset}: the topic was created anew` };
  let record: RawIncoming | undefined;
  await readRanges(
    kafka,
    admin,
    [{ topic: from.topic, partition: from.partition, from: offset, to: offset + 1n }],
    ({ message }) => {
      record = { key: message.key, value: message.value, headers: message.headers ?? {} };
    },
  );
  if (!record) return { gone: `${place} has no record at offset ${from.offset} any more: compaction has removed it` };
  if (digest !== undefined && digestOf(record) !== digest)
    return { gone: `another record is at offset ${from.offset} of ${place}: the topic was created anew` };
  return { record };
}
