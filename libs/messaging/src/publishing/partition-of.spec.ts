import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import { murmur2, partitionOf } from './partition-of.ts';

const require = createRequire(import.meta.url);
const theirs = require('kafkajs/src/producer/partitioners/default/murmur2') as (key: string | Buffer) => number;

describe('partitionOf', () => {
  // From Kafka's UtilsTest.testMurmur2.
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %j as the Java client does', (key, hash) => {
    expect(murmur2(key)).toBe(hash);
    expect(murmur2(Buffer.from(key))).toBe(hash);
  });

  test('agrees with kafkajs on any text, long and not ASCII too', () => {
    for (let i = 0; i < 500; i++) {
      const key = ['x'.repeat(i), `ключ-${i}`, `acme:member-${i * 7919}`][i % 3]!;
      expect(murmur2(key)).toBe(theirs(key));
    }
  });

  test('is never negative', () => {
    for (let i = 0; i < 1000; i++) expect(partitionOf(`k${i}`, 12)).toBeGreaterThanOrEqual(0);
  });
});
