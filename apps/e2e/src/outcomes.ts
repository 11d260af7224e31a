// Reads every outcome, as a product would: at least once from Kafka, so an event id that was seen says nothing new.
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
  destination?: string;
  replay?: number;
  digestId?: string;
}

export class Outcomes {
  private readonly consumer: Consumer;
  private readonly eventIds = new Set<string>();
  private readonly seen = new Map<string, SeenOutcome[]>();

  constructor(kafka: Kafka) {
    this.consumer = kafka.consumer({
      groupId: `e2e-${randomUUID()}`,
      maxWaitTimeInMs: 250,
      retry: { retries: 1e6, maxRetryTime: 2_000 },
    });
  }

  async start(): Promise<void> {
    await this.consumer.connect();
    await this.consumer.subscribe({ topic: 'carillon.notification.outcome.v1', fromBeginning: true });
    await this.consumer.run({
      eachMessage: ({ message }) => {
        const eventId = String(message.headers?.['ce_id']);
        if (this.eventIds.has(eventId)) return Promise.resolve();
        this.eventIds.add(eventId);
        const outcome = readable(message.value);
        if (!outcome) return Promise.resolve();
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

/** Where there are no ACLs, others may write anything onto the topic; it means nothing. */
function readable(value: Buffer | null): SeenOutcome | undefined {
  try {
    const outcome = JSON.parse(String(value)) as Partial<SeenOutcome> | null;
    return typeof outcome?.notification?.notificationId === 'string' ? (outcome as SeenOutcome) : undefined;
  } catch {
    return undefined;
  }
}
