// Removes what a fetch in `read_committed` returns beside the data: records of aborted transactions, and the markers
// that end transactions. Guarantee: neither reaches a handler. kafkajs does the same in its own consumer.
import type { FetchedRecord } from './fetched-record.ts';

interface AbortedTransaction {
  producerId: string;
  firstOffset: string;
}

/** A control record's key: version 0, type 0 = abort. */
const abortKey = Buffer.from([0, 0, 0, 0]);

export function withoutAborted(
  records: readonly FetchedRecord[],
  aborted: readonly AbortedTransaction[],
): FetchedRecord[] {
  if (aborted.length === 0)
    return records.some(({ isControlRecord }) => isControlRecord)
      ? records.filter(({ isControlRecord }) => !isControlRecord)
      : [...records];
  const ahead = [...aborted].sort((a, b) => Number(a.firstOffset) - Number(b.firstOffset));
  const open = new Set<string>();
  return records.filter(({ offset, key, isControlRecord, batchContext: { producerId, inTransaction } }) => {
    while (ahead.length > 0 && Number(offset) >= Number(ahead[0]!.firstOffset)) open.add(ahead.shift()!.producerId);
    if (isControlRecord) {
      if (key?.equals(abortKey)) open.delete(producerId);
      return false;
    }
    return !(inTransaction && open.has(producerId));
  });
}
