import { describe, expect, test } from '@jest/globals';
import type { Handles } from './batch.ts';
import { OnDemandPartitions } from './on-demand-partitions.ts';

const topic = 'requested.v1';

/** A handler whose answers the test gives, and what the consumer was told to do. */
function setUp() {
  const asked: ((offsets: [number, number][]) => void)[] = [];
  const told: string[] = [];
  const handler: Handles = {
    handle: () => Promise.resolve(),
    readFrom: () => new Promise((resolve) => asked.push((offsets) => resolve(new Map(offsets)))),
  };
  const list = (partitions: { partitions: number[] }[]): string => partitions[0]!.partitions.join();
  const consumer = {
    pause: (partitions: { topic: string; partitions: number[] }[]) => void told.push(`pause ${list(partitions)}`),
    resume: (partitions: { topic: string; partitions: number[] }[]) => void told.push(`resume ${list(partitions)}`),
    seek: ({ partition, offset }: { partition: number; offset: string }) =>
      void told.push(`seek ${partition}/${offset}`),
  };
  return { partitions: new OnDemandPartitions(consumer, [[topic, handler]]), asked, told };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('partitions that are read on demand', () => {
  test('an answer that arrives after a rebalance has no effect, whichever comes first', async () => {
    const { partitions, asked, told } = setUp();
    partitions.assign({ [topic]: [0, 1] });
    partitions.assign({ [topic]: [0] });
    asked[1]!([[0, 950]]);
    await turn();
    asked[0]!([
      [0, 100],
      [1, 7],
    ]);
    await turn();
    partitions.stop();
    expect(told).toEqual(['pause 0,1', 'pause 0', 'seek 0/950', 'resume 0']);
    expect([partitions.position(topic, 0), partitions.position(topic, 1)]).toEqual([950, undefined]);
  });

  test('the position is where the handler reads on, and none while it does not read', async () => {
    const { partitions, asked, told } = setUp();
    partitions.assign({ [topic]: [0] });
    asked[0]!([[0, 10]]);
    await turn();
    const same = partitions.goOn(topic, 0, 20);
    asked[1]!([[0, 20]]);
    expect([await same, partitions.position(topic, 0)]).toEqual([true, 20]);
    const elsewhere = partitions.goOn(topic, 0, 30);
    asked[2]!([[0, 12]]);
    expect([await elsewhere, partitions.position(topic, 0)]).toEqual([false, 12]);
    const nowhere = partitions.goOn(topic, 0, 40);
    asked[3]!([]);
    expect([await nowhere, partitions.position(topic, 0)]).toEqual([false, undefined]);
    partitions.stop();
    expect(told).toEqual(['pause 0', 'seek 0/10', 'resume 0', 'seek 0/12', 'pause 0']);
  });

  test('a group that is joined while the consumer stops is not asked for', async () => {
    const { partitions, asked, told } = setUp();
    partitions.stop();
    partitions.assign({ [topic]: [0] });
    await turn();
    expect([asked.length, told]).toEqual([0, ['pause 0']]);
  });
});
