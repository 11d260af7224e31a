// What a product team installs: a producer of requests and a consumer of outcomes, both typed. It needs no framework,
// and callers need no knowledge of topics, keys or headers.
export type { FieldError, NotificationOutcome, NotificationRequest } from '@carillon/domain';
export { InvalidPayload, MessagingError, RecordTooLarge } from '@carillon/messaging';
export type { Connection } from './connection.ts';
export {
  createOutcomeConsumer,
  type Outcome,
  type OutcomeConsumer,
  type OutcomeConsumerOptions,
} from './outcome-consumer.ts';
export { createProducer, type NotifyOptions, type Producer, type ProducerOptions } from './producer.ts';
