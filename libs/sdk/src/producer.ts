// Publishes requests and retractions. Guarantees: when a call resolves, all in-sync replicas have the record; the same
// source and id is one notification, however often it is sent; an invalid field is refused with its name before
// anything is sent; the record carries the active trace. It does not wait for the delivery: see createOutcomeConsumer.
import { notificationRequested, notificationRetracted, type NotificationRequest } from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import { Publisher } from '@carillon/messaging';
import { kafkaConfigOf, type Connection } from './connection.ts';

export interface ProducerOptions extends Connection {
  /**
   * The CloudEvents source of your notifications, a URI reference such as `/acme/reports`. Source and id together
   * identify a notification.
   */
  source: string;
}

export interface NotifyOptions {
  /** Chosen by you, unique within the source. Sending the same id again changes nothing. */
  id: string;
  /** When it happened, ISO 8601. Default: now. */
  time?: string;
  /** W3C trace context. Default: the active span's. */
  traceparent?: string;
  tracestate?: string;
  /** Aborting it ends the wait for Kafka; the request may still arrive. */
  signal?: AbortSignal;
}

/** Made by `createProducer()`. */
export interface Producer {
  /** Resolves to the notification's id once Kafka has it. */
  notify(request: NotificationRequest, options: NotifyOptions): Promise<string>;
  /** Retracts a notification of this source, before or after its request arrived. */
  retract(notification: { tenantId: string; id: string }, options?: Pick<NotifyOptions, 'signal'>): Promise<string>;
  /** Sends what waits and disconnects. */
  close(): Promise<void>;
}

export function createProducer(options: ProducerOptions): Producer {
  const { source } = options;
  const publisher = new Publisher(kafkaConfigOf(options, `carillon-sdk:${source}`));
  return {
    async notify(request, { signal, ...event }) {
      await publisher.publish(notificationRequested, [{ ...event, source, data: request }], signal ? { signal } : {});
      return notificationIdOf(request.tenantId, source, event.id);
    },
    async retract({ tenantId, id }, { signal } = {}) {
      const notificationId = notificationIdOf(tenantId, source, id);
      const event = { id: `${notificationId}:retracted`, source, data: { tenantId, source, id } };
      await publisher.publish(notificationRetracted, [event], signal ? { signal } : {});
      return notificationId;
    },
    close: () => publisher.close(),
  };
}
