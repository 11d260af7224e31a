// What a product team installs: say it on Kafka, hear how it ended. No Nest, no knowledge of topics or headers needed.
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
