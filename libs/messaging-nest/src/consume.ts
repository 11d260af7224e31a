// Ties a handler class to a topic: `controllers: [consume(notificationRequested, ResolveRequested)]`. Guarantees: the
// topic types the handler; Nest creates the handler and injects its dependencies as for any controller; batches go from
// Kafka to the handler without passing through Nest; a new group reads from the beginning, so nothing that was
// published before its first start is lost. The class needs a decorator such as @Injectable(), without which TypeScript
// records no constructor types.
import { Controller, type Type } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import type { Topic } from '@carillon/domain';
import type { Handles } from '@carillon/messaging';

export const KAFKA_BATCH = Symbol('kafka batches');

export interface ConsumeOptions {
  /**
   * A group of its own, `carillon.<service>.<group>`: `state` keeps replicas of compacted topics, `deferred` handles
   * what may wait. A group waits for another only where `after` says so.
   */
  group?: 'state' | 'deferred';
  /** Starts when the state group has committed everything that its topics held at the start. */
  after?: 'state';
}

export interface ConsumeExtras extends ConsumeOptions {
  topic: Topic;
}

/** The server asks each handler for itself once, at the start; the handler sets the field. */
export interface HandlerClaim {
  handler?: Handles;
}

const method = 'handOverToKafka';

export function consume<T extends Topic>(
  topic: T,
  handler: Type<Handles<T>>,
  options: ConsumeOptions = {},
): Type<Handles<T>> {
  const prototype = handler.prototype as Record<string, unknown>;
  if (Object.hasOwn(prototype, method))
    throw new Error(`${handler.name} consumes a topic already; give the second topic a class of its own`);
  const handOver = function (this: Handles, claim: HandlerClaim): void {
    claim.handler = this;
  };
  Object.defineProperty(prototype, method, { value: handOver, writable: true, configurable: true });
  const descriptor = Object.getOwnPropertyDescriptor(prototype, method) as TypedPropertyDescriptor<typeof handOver>;
  const extras: ConsumeExtras = { topic, ...options };
  EventPattern(topic.name, KAFKA_BATCH, extras)(prototype, method, descriptor);
  Controller()(handler);
  return handler;
}
