// What can go wrong between us and Kafka, as data: callers read `code` and `retry`, never the message.
// Promises: closed list of codes; the cause is kept; a payload or a secret is never part of a message.
import { fieldErrorLine, type FieldError, type Retry } from '@carillon/domain';

export type MessagingErrorCode =
  | 'record_too_large'
  | 'invalid_payload'
  | 'unknown_topic'
  | 'unknown_partition'
  | 'topics_missing'
  | 'refused_by_broker'
  | 'not_permitted'
  | 'broker_unavailable'
  | 'unreadable_records'
  | 'unsupported_broker'
  | 'unsupported_client'
  | 'publish_aborted'
  | 'publisher_closed'
  | 'dead_letter_missing'
  | 'duplicate_consumer';

export class MessagingError extends Error {
  override readonly name: string = 'MessagingError';

  constructor(
    readonly code: MessagingErrorCode,
    message: string,
    readonly retry: Retry = 'never',
    cause?: unknown,
  ) {
    super(message, cause === undefined ? {} : { cause });
  }
}

/** One record is larger than the broker takes. Other records of the same call were still sent. */
export class RecordTooLarge extends MessagingError {
  override readonly name = 'RecordTooLarge';

  constructor(
    readonly topic: string,
    readonly bytes: number,
    readonly limit: number,
    cause?: unknown,
  ) {
    super('record_too_large', `a record for ${topic} has ${bytes} bytes, Kafka takes at most ${limit}`, 'never', cause);
  }
}

/** A payload does not have its topic's shape; nothing of that call was sent. */
export class InvalidPayload extends MessagingError {
  override readonly name = 'InvalidPayload';

  constructor(
    readonly topic: string,
    readonly errors: FieldError[],
  ) {
    super('invalid_payload', `not a ${topic}: ${fieldErrorLine(errors)}`);
  }
}
