// Consumes the outcomes of deliveries. Guarantees: every outcome is passed to `handle` at least once, in order for each
// notification; an outcome counts as handled when `handle` has returned; a handler that throws is called again with the
// same outcomes after a pause. It does not remove repetitions: `eventId` identifies them.
import { notificationOutcome, type NotificationOutcome } from '@carillon/domain';
import { BatchConsumer, type Batch, type Handles } from '@carillon/messaging';
import { kafkaConfigOf, type Connection } from './connection.ts';

export interface OutcomeConsumerOptions extends Connection {
  /** Your consumer group; processes of one group share the outcomes. */
  group: string;
  /** Only outcomes of notifications from this source. Default: all that the group may read. */
  source?: string;
  /** Where a new group begins: at the oldest outcome that is kept (true) or at the next one. Default: false. */
  fromBeginning?: boolean;
  handle(outcomes: Outcome[]): Promise<void>;
  /** The consumer can't go on. Default: the error ends the process. */
  onDead?: (error: Error) => void;
}

export interface Outcome extends NotificationOutcome {
  /** For your own deduplication: unique per delivery and state reached. */
  eventId: string;
  traceparent?: string;
}

export interface OutcomeConsumer {
  /** Resolves when the group is joined. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

type OutcomeTopic = typeof notificationOutcome;

export function createOutcomeConsumer(options: OutcomeConsumerOptions): OutcomeConsumer {
  const handler: Handles<OutcomeTopic> = {
    async handle(batch: Batch<OutcomeTopic>) {
      const outcomes: Outcome[] = [];
      for (const { id, data, traceparent } of batch.records) {
        if (options.source !== undefined && data.notification.source !== options.source) continue;
        outcomes.push({ ...data, eventId: id, ...(traceparent === undefined ? {} : { traceparent }) });
      }
      if (outcomes.length > 0) await options.handle(outcomes);
    },
  };
  // A product may lack permission to write the platform's dead letters, so an outcome that it cannot read is logged and
  // skipped.
  const topic: OutcomeTopic = { ...notificationOutcome, deadLetter: false };
  return new BatchConsumer(kafkaConfigOf(options, `carillon-sdk:${options.group}`), {
    group: options.group,
    subscriptions: [{ topic, handler, fromBeginning: options.fromBeginning ?? false }],
    publisher: { publishRecords: () => Promise.resolve() },
    onDead: options.onDead ?? endProcess,
  });
}

function endProcess(error: Error): void {
  queueMicrotask(() => {
    throw error;
  });
}
