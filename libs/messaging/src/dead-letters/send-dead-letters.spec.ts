import { describe, expect, test } from '@jest/globals';
import { MessagingError, RecordTooLarge } from '../errors.ts';
import { bytesOf } from '../publishing/send-plan.ts';
import { sendDeadLetters } from './send-dead-letters.ts';
import type { WireRecord } from '../records/record.ts';

const rejection = (offset: string, bytes: number) => ({
  topic: 't.v1',
  partition: 0,
  offset,
  code: 'c',
  detail: 'd',
  key: null,
  raw: { key: null, value: Buffer.alloc(bytes, 'x'), headers: {} },
});

function brokerTaking(limit: number) {
  const taken: WireRecord[] = [];
  const publishRecords = (records: readonly WireRecord[]): Promise<void> => {
    taken.push(...records.filter((record) => bytesOf(record) <= limit));
    const refused = records.find((record) => bytesOf(record) > limit);
    return refused ? Promise.reject(new RecordTooLarge(refused.topic, bytesOf(refused), limit)) : Promise.resolve();
  };
  return { taken, publishRecords };
}

describe('sending dead letters', () => {
  test.each([1_200_000, 600_000, 50_000, 5_000])('every letter reaches a topic that takes %d bytes', async (limit) => {
    const broker = brokerTaking(limit);
    await sendDeadLetters(
      [rejection('0', 10), rejection('1', 3_000_000), rejection('2', 20_000)],
      broker,
      new AbortController().signal,
    );
    expect(new Set(broker.taken.map(({ headers }) => headers['dlq_offset']))).toEqual(new Set(['0', '1', '2']));
  });

  test('a topic that takes no letter at all is a failure, so that nothing is committed', async () => {
    const away = {
      publishRecords: () => Promise.reject(new MessagingError('unknown_topic', 'no such topic', 'later')),
    };
    await expect(sendDeadLetters([rejection('0', 10)], away, new AbortController().signal)).rejects.toMatchObject({
      code: 'unknown_topic',
    });
    await expect(
      sendDeadLetters([rejection('0', 10)], brokerTaking(10), new AbortController().signal),
    ).rejects.toMatchObject({ code: 'record_too_large' });
  });
});
