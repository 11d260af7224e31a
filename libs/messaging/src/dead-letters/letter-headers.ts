// The headers that a dead letter adds to the record it copies, and how headers of the producer with such names are kept
// apart from them. Guarantee: every `dlq_*` header of a dead letter was written by us; a producer's own header
// `dlq_reason` is found as `original_dlq_reason`, and `originalName` gives back exactly what the producer wrote.

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
   * SHA-256 of the original key and value, in hexadecimal: tells whether what is at the source offset is still the
   * same.
   */
  digest: 'dlq_sha256',
  /** Names of headers that had no value; kafkajs can write only an empty one. */
  nullHeaders: 'dlq_null_headers',
  /** On a record of the source topic: the dead letter that this record is a retry of. */
  retriedFrom: 'dlq_retried_from',
  /** On a marker in the dead-letter topic: the offset of the letter that was sent again. */
  retried: 'dlq_retried',
} as const;

/** Characters of a dead letter's sentence. */
export const longestDetail = 4_000;

export const bounded = (text: string, characters: number): string =>
  text.length > characters ? `${text.slice(0, characters)}…` : text;

const prefix = 'original_';
const reserved = /^(?:original_)*dlq_/i;

/** A producer's header under the name it has in the dead letter. */
export const nameInLetter = (name: string): string => (reserved.test(name) ? prefix + name : name);

/** The name that the producer wrote; undefined for a header that we added. */
export function originalName(name: string): string | undefined {
  if (!reserved.test(name)) return name;
  return name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
}
