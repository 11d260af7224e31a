// The headers that a dead letter adds to the copied record, and the renaming of the producer's headers with such names.
// Guarantee: every `dlq_*` header of a dead letter was written by us; a producer's header `dlq_reason` becomes
// `original_dlq_reason`, and `originalName` returns the name that the producer wrote.

/** Each is text. Sizes are bytes of the original record; they are present only on truncated letters. */
export const letterHeader = {
  reason: 'dlq_reason',
  detail: 'dlq_detail',
  topic: 'dlq_topic',
  partition: 'dlq_partition',
  offset: 'dlq_offset',
  /** Of an undecodable batch: the offset of its last record. */
  lastOffset: 'dlq_last_offset',
  at: 'dlq_at',
  /** What is missing, separated by commas: `key`, `headers`, `value`, or `batch` where no record could be read. */
  truncated: 'dlq_truncated',
  keyBytes: 'dlq_key_bytes',
  valueBytes: 'dlq_value_bytes',
  headersBytes: 'dlq_headers_bytes',
  headersCount: 'dlq_headers_count',
  headersOmitted: 'dlq_headers_omitted',
  batchBytes: 'dlq_batch_bytes',
  /**
   * SHA-256 of the original key and value, in hexadecimal: shows whether the source offset still holds the same
   * record.
   */
  digest: 'dlq_sha256',
  /** Names of headers that had no value; kafkajs can write only an empty one. */
  nullHeaders: 'dlq_null_headers',
  /** On a record of the source topic: the dead letter that this record is a retry of. */
  retriedFrom: 'dlq_retried_from',
  /** On a marker in the dead-letter topic: the offset of the letter that was sent again. */
  retried: 'dlq_retried',
} as const;

/** The most characters of `dlq_detail`. */
export const longestDetail = 4_000;

export const bounded = (text: string, characters: number): string =>
  text.length > characters ? `${text.slice(0, characters)}…` : text;

const prefix = 'original_';
const reserved = /^(?:original_)*dlq_/i;

/** The name that a producer's header has in the dead letter. */
export const nameInLetter = (name: string): string => (reserved.test(name) ? prefix + name : name);

/** The name that the producer wrote; undefined for a header that we added. */
export function originalName(name: string): string | undefined {
  if (!reserved.test(name)) return name;
  return name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
}
