import { describe, expect, test } from '@jest/globals';
import { deadLetter, retryOf } from './dead-letter.ts';

const raw = {
  key: Buffer.from([0, 255]),
  value: Buffer.from([1, 2, 0xff]),
  headers: { ce_id: Buffer.from('r-1'), twice: [Buffer.from('a'), Buffer.from('b')], nothing: null as never },
};
const rejection = { topic: 't.v1', partition: 3, offset: '42', code: 'not_json', detail: 'not JSON at line 1, column 1', key: 'k', raw };

describe('dead letters', () => {
  test('keep key, value and headers and say why and where from', () => {
    const letter = deadLetter(rejection, new Date(0));
    expect(letter.topic).toBe('t.v1.dlq');
    expect(letter.key).toBe(raw.key);
    expect(letter.value).toBe(raw.value);
    expect(letter.headers).toEqual({
      ...{ ce_id: raw.headers.ce_id, twice: raw.headers.twice, nothing: Buffer.alloc(0), dlq_null_headers: 'nothing' },
      ...{ dlq_reason: 'not_json', dlq_detail: rejection.detail, dlq_topic: 't.v1', dlq_partition: '3', dlq_offset: '42', dlq_at: '1970-01-01T00:00:00.000Z' },
    });
  });

  test('a retry is the original again, and remembers which letter it was', () => {
    const letter = { ...deadLetter(rejection), partition: 0, offset: '9' } as never;
    const again = retryOf(letter, 't.v1');
    expect(again).toMatchObject({ topic: 't.v1', key: raw.key, value: raw.value });
    expect(again.headers).toEqual({ ce_id: raw.headers.ce_id, twice: raw.headers.twice, nothing: Buffer.alloc(0), dlq_retried_from: 't.v1.dlq/0/9' });
  });
});
