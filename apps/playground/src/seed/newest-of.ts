// Reads a topic from its beginning until a condition is met. It deletes its consumer group.
import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import { TimedOut } from '../until.ts';

export async function newestOf<T>(
  kafka: Kafka,
  topic: string,
  what: string,
  signal: AbortSignal,
  enough: (value: T) => boolean,
  timeoutMs = 60_000,
): Promise<void> {
  const groupId = `carillon-playground-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100, retry: { initialRetryTime: 50 } });
  let timer: NodeJS.Timeout | undefined;
  let stop: (() => void) | undefined;
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => reject(new TimedOut(`Waited ${timeoutMs / 1000} s for ${what}`)), timeoutMs);
      stop = () => reject(signal.reason as Error);
      signal.addEventListener('abort', stop, { once: true });
      consumer
        .run({
          autoCommit: false,
          eachMessage: ({ message }) => {
            if (message.value && enough(JSON.parse(message.value.toString('utf8')) as T)) resolve();
            return Promise.resolve();
          },
        })
        .catch(reject);
    });
  } finally {
    clearTimeout(timer);
    if (stop) signal.removeEventListener('abort', stop);
    await consumer.disconnect();
    const admin = kafka.admin();
    await admin.connect();
    await admin.deleteGroups([groupId]).catch(() => undefined);
    await admin.disconnect();
  }
}
