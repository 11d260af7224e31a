// The errors of this library. Callers decide by `code` and `retry`, never by the message. Guarantees: the list of codes
// is closed; the cause is kept; no message contains a payload or a secret.
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

/** A record is larger than the broker accepts. Other records of the same call were sent. */
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

/** A payload does not match the schema of its topic; no record of the call was sent. */
export class InvalidPayload extends MessagingError {
  override readonly name = 'InvalidPayload';

  constructor(
    readonly topic: string,
    readonly errors: FieldError[],
  ) {
    super('invalid_payload', `not a ${topic}: ${fieldErrorLine(errors)}`);
  }
}
