// Reads every outcome, as a product would.
import { randomUUID } from 'node:crypto';
import type { Consumer, Kafka } from 'kafkajs';

export interface SeenOutcome {
  notification: { notificationId: string; source: string; id: string };
  deliveryId?: string;
  recipient?: string;
  outcome: string;
  reason?: string;
  attempts: number;
  possibleDuplicate: boolean;
  possiblyDelivered: boolean;
  slack?: { teamId: string; channel: string; ts: string };
}

export class Outcomes {
  private readonly consumer: Consumer;
  private readonly seen = new Map<string, SeenOutcome[]>();

  constructor(kafka: Kafka) {
    this.consumer = kafka.consumer({ groupId: `e2e-${randomUUID()}`, maxWaitTimeInMs: 250, retry: { retries: 1e6, maxRetryTime: 2_000 } });
  }

  async start(): Promise<void> {
    await this.consumer.connect();
    await this.consumer.subscribe({ topic: 'carillon.notification.outcome.v1', fromBeginning: true });
    await this.consumer.run({
      eachMessage: ({ message }) => {
        const outcome = JSON.parse(String(message.value)) as SeenOutcome;
        const { notificationId } = outcome.notification;
        this.seen.set(notificationId, [...(this.seen.get(notificationId) ?? []), outcome]);
        return Promise.resolve();
      },
    });
  }

  stop(): Promise<void> {
    return this.consumer.disconnect();
  }

  of(notificationId: string): SeenOutcome[] {
    return this.seen.get(notificationId) ?? [];
  }
}
