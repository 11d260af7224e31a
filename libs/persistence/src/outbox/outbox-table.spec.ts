import { describe, expect, test } from '@jest/globals';
import { OutboxRecordTooLargeError } from '../errors.ts';
import { addToOutbox, headersFromJson, headersToJson } from './outbox-table.ts';

describe('a record on its way through the outbox', () => {
  test('keeps every byte of its headers', () => {
    const headers = { text: 'ä', bytes: Buffer.from([0, 255, 10]) };
    expect(
      headersFromJson(JSON.parse(JSON.stringify(headersToJson(headers))) as ReturnType<typeof headersToJson>),
    ).toEqual(headers);
  });

  test('that the broker would never take fails the transaction that writes it', async () => {
    const client = { query: () => Promise.reject(new Error('must not be reached')) };
    const record = { topic: 't', key: null, value: Buffer.alloc(1_100_000), headers: {} };
    await expect(addToOutbox(client, [record])).rejects.toBeInstanceOf(OutboxRecordTooLargeError);
  });

  test('no records, no statement', async () => {
    await addToOutbox({ query: () => Promise.reject(new Error('must not be reached')) }, []);
  });
});
