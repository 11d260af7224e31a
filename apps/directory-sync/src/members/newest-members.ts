// From a batch of member records to the newest state of each member. Promises: what is newer is told by the version, or
// by the record's timestamp where a product sends none; a tombstone without a version ends what was written before it.
import type { MemberState } from '@carillon/domain';

export interface MemberRecord {
  key: string;
  data: MemberState | null;
  /** From a tombstone's header. */
  version?: number | undefined;
  timestamp: number;
}

export interface NewestMember {
  key: string;
  data: MemberState | null;
  /** Null: a tombstone that says none. */
  version: number | null;
  timestamp: number;
}

export function newestMembers(records: readonly MemberRecord[]): NewestMember[] {
  const newest = new Map<string, NewestMember>();
  for (const { key, data, version, timestamp } of records) {
    const next: NewestMember = {
      key,
      data,
      version: data ? (data.version ?? timestamp) : (version ?? null),
      timestamp,
    };
    const known = newest.get(key);
    if (!known || replaces(next, known)) newest.set(key, next);
  }
  return [...newest.values()];
}

function replaces(next: NewestMember, known: NewestMember): boolean {
  if (next.version === null || known.version === null) return next.timestamp >= known.timestamp;
  return next.data ? next.version > known.version : next.version >= known.version;
}
