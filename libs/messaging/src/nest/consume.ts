// Ties a handler class to a topic: `controllers: [consume(notificationRequested, ResolveRequested)]`. Promises: the
// handler is typed by the topic; Nest makes and injects it like any controller (give it a decorator such as
// @Injectable(), or TypeScript records no constructor types); per batch, nothing of Nest stands between Kafka and it; a
// group that is new begins at the beginning, so nothing published before its first start is lost.
import { Controller, type Type } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import type { Topic } from '@carillon/domain';
import type { Handles } from '../consuming/batch.ts';

export const KAFKA_BATCH = Symbol('kafka batches');

export interface ConsumeOptions {
  /**
   * A group of its own, `carillon.<service>.<group>`: `state` reads replicas, `bulk` what may wait. Groups never wait
   * for each other, unless `after` says so.
   */
  group?: 'state' | 'bulk';
  /** Not before the state group has caught up with what lay in its topics at the start. */
  after?: 'state';
}

export interface ConsumeExtras extends ConsumeOptions {
  topic: Topic;
}

/** Filled in by a handler when the server asks for it, once, at the start. */
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
