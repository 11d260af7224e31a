// Limits on the memory that fetched records take. Kafka limits the stored bytes of a record batch (1 MiB by default),
// not the bytes that they decompress to: a few kilobytes of gzip can hold hundreds of megabytes. Guarantee: one fetch
// holds at most `batchBytes` decompressed at a time, and returns at most `fetchBytes` plus the share of one batch. It
// is no limit on what a partition can carry: the next fetch reads what did not fit.

/** The most that one record batch may decompress to; a larger one is skipped, and a dead letter says so. */
export const batchBytes = 64 * 1024 * 1024;

/** The most records that one compressed batch may announce. */
export const batchRecords = 100_000;

/** Records of one partition that one fetch hands over; always at least one record. */
export const partitionBytes = 4 * 1024 * 1024;

/** All partitions of one fetch together. */
export const fetchBytes = 16 * 1024 * 1024;
