// Topic → Kafka: the only part of the product that knows bytes on a broker. Inside Nest see `@carillon/messaging/nest`.
export type { Batch, Handles, Rejection } from './consuming/batch.ts';
export { BatchConsumer, type BatchConsumerOptions, type Subscription } from './consuming/batch-consumer.ts';
export { deadLetterTopicOf } from './dead-letters/letter-headers.ts';
export { DeadLetters, type DeadLetter, type DeadLetterCount, type DeadLetterFilter } from './dead-letters/dead-letters.ts';
export { undecodableBatch, type UndecodableBatch } from './dead-letters/undecodable-batch.ts';
export { asyncApiDocument } from './documents/async-api.ts';
export { topicsMarkdown } from './documents/topics-markdown.ts';
export { InvalidPayload, MessagingError, RecordTooLarge, type MessagingErrorCode, type Retry } from './errors.ts';
export { encode, tombstone, type EncodeOptions } from './events/encode.ts';
export type { HeaderValue, Outgoing, Position, RawIncoming, RawRecord, Received } from './events/record.ts';
export type { KafkaConfig } from './kafka/config.ts';
export { murmur2, partitionOf } from './publishing/partition-of.ts';
export { Publisher, type PublisherOptions, type PublishOptions } from './publishing/publisher.ts';
export { ensureTopics, type Drift, type EnsureOptions } from './topics/ensure-topics.ts';
export { processSpan } from './tracing/process-span.ts';
