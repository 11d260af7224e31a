// How large a record may be: Kafka's defaults, and what Carillon declares for its dead-letter topics.

/** Kafka's default `message.max.bytes`; it counts the record batch, so one record has to be a little smaller. */
export const brokerMaxMessageBytes = 1_048_588;

const batchOverhead = 300;

export const largestRecordBytes = brokerMaxMessageBytes - batchOverhead;

/** A dead letter is the original plus headers that say why; ensureTopics allows dead-letter topics that much more. */
export const deadLetterAllowance = 65_536;

export const largestDeadLetterBytes = largestRecordBytes + deadLetterAllowance;
