// Messaging inside a Nest application: an entry point of its own, so that nothing else of messaging needs Nest.
export type { Batch, Handles, Rejection } from '../consuming/batch.ts';
export { consume, KAFKA_BATCH, type ConsumeOptions } from './consume.ts';
export { KafkaBatchServer, type KafkaBatchServerOptions } from './kafka-batch-server.ts';
