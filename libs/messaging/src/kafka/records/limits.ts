// How much of what a producer wrote is taken into memory at a time. Kafka limits the bytes of a record batch as they
// lie on disk (1 MiB by default), not what they decompress to: 4 kB of zeros in gzip can hold hundreds of megabytes.
// Guarantee: one fetch holds at most `batchBytes` decompressed at a time, and hands over at most `fetchBytes` plus one
// batch's share. Not a limit on what a partition can carry: what does not fit is read by the next fetch.

/** The most that one record batch may decompress to; a larger one is skipped, and a dead letter says so. */
export const batchBytes = 64 * 1024 * 1024;

/** The most records that one compressed batch may announce. */
export const batchRecords = 100_000;

/** Records of one partition that one fetch hands over; always at least one record. */
export const partitionBytes = 4 * 1024 * 1024;

/** All partitions of one fetch together. */
export const fetchBytes = 16 * 1024 * 1024;
