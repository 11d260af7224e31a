// Typed topics on Kafka: publishing, consuming, dead letters, and the documents derived from the topics. No other
// library knows bytes on a broker. It needs no framework; `@carillon/messaging-nest` ties it to Nest.
export type { Batch, Filtered, Handles, Place } from './consuming/batch.ts';
export { BatchConsumer, type BatchConsumerOptions, type Subscription } from './consuming/batch-consumer.ts';
export { untilCaughtUp } from './consuming/catch-up.ts';
export { consumerGroupOf, consumerGroups, type ConsumerGroup } from './consuming/consumer-group.ts';
export { readAllKeys, type ReadAllKeysOptions } from './consuming/read-all-keys.ts';
export { deadLetter } from './dead-letters/dead-letter.ts';
export { DeadLetters, type DeadLetterCount, type DeadLetterFilter } from './dead-letters/dead-letters.ts';
export { originalName } from './dead-letters/letter-headers.ts';
export type { Original } from './dead-letters/original.ts';
export type { DeadLetter, DeadLetterSummary } from './dead-letters/read-letter.ts';
export type { RetryResult } from './dead-letters/send-again.ts';
export { undecodableBatch, type UndecodableBatch } from './dead-letters/undecodable-batch.ts';
export { asyncApiDocument } from './documents/async-api.ts';
export { topicsMarkdown } from './documents/topics-markdown.ts';
export { InvalidPayload, MessagingError, RecordTooLarge, type MessagingErrorCode } from './errors.ts';
export { decoderOf, type Decoder } from './events/decode.ts';
export { encode, tombstone, type EncodeOptions } from './events/encode.ts';
export type { KafkaRecord } from './records/kafka-record.ts';
export {
  textOf,
  type HeaderValue,
  type Outgoing,
  type Position,
  type RawIncoming,
  type RawRecord,
  type Received,
} from './records/record.ts';
export { kafkaClientNames, type KafkaClientName, type KafkaConfig, type TlsOptions } from './kafka/config.ts';
export { murmur2, partitionOf } from './publishing/partition-of.ts';
export { Publisher, type PublisherOptions, type PublishOptions } from './publishing/publisher.ts';
export type { Rejection } from './records/rejection.ts';
export { ensureTopics, type Drift, type EnsureOptions } from './topics/ensure-topics.ts';
export { processSpan } from './consuming/process-span.ts';
