import { describe, expect, test } from '@jest/globals';
import { bytesOf } from '../publishing/send-plan.ts';
import { undecodableBatch } from './undecodable-batch.ts';

describe('the dead letter of a batch that cannot be unpacked', () => {
  test('names topic, partition, offsets, reason and size, and holds no record', () => {
    const batch = {
      topic: 't.v1',
      partition: 3,
      firstOffset: '7',
      lastOffset: '9',
      code: 'unknown_codec',
      detail: 'codec 5 is not known',
      bytes: 4_096,
    };
    expect(undecodableBatch(batch, new Date(0))).toEqual({
      topic: 't.v1.dlq',
      key: null,
      value: null,
      headers: {
        ...{
          dlq_reason: 'unknown_codec',
          dlq_detail: 'codec 5 is not known',
          dlq_topic: 't.v1',
          dlq_partition: '3',
          dlq_offset: '7',
          dlq_last_offset: '9',
        },
        ...{ dlq_truncated: 'batch', dlq_at: '1970-01-01T00:00:00.000Z', dlq_batch_bytes: '4096' },
      },
    });
  });

  test('fits whatever its detail says', () => {
    const batch = {
      topic: 't.v1',
      partition: 0,
      firstOffset: '0',
      lastOffset: '0',
      code: 'damaged',
      detail: '€'.repeat(2_000_000),
    };
    expect(bytesOf(undecodableBatch(batch))).toBeLessThan(20_000);
  });
});
