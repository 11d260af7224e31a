import { createRequire } from 'node:module';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { patchIdleTimer } from './idle-timer.ts';

interface Queue {
  pending: { send(): void; expectResponse: boolean; correlationId: number; completed(): void }[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  scheduleCheckPendingRequests(): void;
  destroy(): void;
}

patchIdleTimer();
const RequestQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as new (
  options: object,
) => Queue;

let queue: Queue;
beforeEach(() => {
  queue = new RequestQueue({
    maxInFlightRequests: null,
    requestTimeout: 1_000,
    clientId: 'c',
    broker: 'b',
    logger: { debug: () => undefined },
  });
});

describe('patchIdleTimer', () => {
  test('a connection at rest has no timer', () => {
    queue.scheduleCheckPendingRequests();
    expect(queue.throttleCheckTimeoutId).toBeNull();
  });

  test('a request that waits for the end of the broker’s throttling is sent then', async () => {
    queue.throttledUntil = Date.now() + 30;
    const sent = new Promise<number>((resolve) => {
      queue.pending.push({
        send: () => resolve(Date.now()),
        expectResponse: true,
        correlationId: 1,
        completed: () => undefined,
      });
    });
    queue.scheduleCheckPendingRequests();
    expect(await sent).toBeGreaterThanOrEqual(queue.throttledUntil - 1);
    expect(queue.throttleCheckTimeoutId).toBeNull();
  });
});
