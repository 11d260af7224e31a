// Asking Carillon to tell somebody something.
// Promises: what is awaited is safe (all in-sync replicas have it); the same source and id is one notification, however
// often it is sent; a wrong field is refused here, by name, before anything is sent; the active trace goes along.
import { notificationRequested, notificationRetracted, type NotificationRequest } from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import { Publisher } from '@carillon/messaging';
import { kafkaConfigOf, type Connection } from './connection.ts';

export interface ProducerOptions extends Connection {
  /**
   * Who says it: the CloudEvents source, a URI reference such as `/acme/reports`. With the id it makes a notification
   * unique.
   */
  source: string;
}

export interface NotifyOptions {
  /** Yours, unique within the source. Sending the same id again changes nothing. */
  id: string;
  /** When it happened, ISO 8601. Default: now. */
  time?: string;
  /** W3C trace context. Default: the active span's. */
  traceparent?: string;
  tracestate?: string;
  /** Gives up waiting for Kafka; the request may still arrive. */
  signal?: AbortSignal;
}

export interface Producer {
  /** Resolves to the notification's id once Kafka has it. */
  notify(request: NotificationRequest, options: NotifyOptions): Promise<string>;
  /** Takes a notification of this source back, before or after its request arrived. */
  retract(notification: { tenantId: string; id: string }, options?: Pick<NotifyOptions, 'signal'>): Promise<string>;
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
