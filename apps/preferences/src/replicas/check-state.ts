// What can be checked of a state record before it changes a replica. Guarantees: the key names what the value says, so that a
// record for one member or installation never changes another's row; the tenant is declared; a version is not further ahead
// than clocks differ, so that no record outranks all later ones. It cannot tell who wrote a record: without ACLs on the
// broker every producer of these topics is trusted within these bounds.
import type { DataOf, Topic } from '@carillon/domain';
import type { Received } from '@carillon/messaging';

export type Fault = readonly [code: string, detail: string];

/** How far a producer's clock may be ahead of this process's. */
const aheadMs = 3_600_000;

export interface StateRules<T extends Topic> {
  topic: T;
  tenantOf: (record: Received<T>) => string | undefined;
  isDeclared: (tenantId: string) => boolean;
  versionOf: (data: NonNullable<DataOf<T>>) => number;
  /** The highest version that the topic's writer can have given. */
  highest?: number;
}

export function faultOf<T extends Topic>(record: Received<T>, rules: StateRules<T>, now = Date.now()): Fault | undefined {
  const data = record.data as NonNullable<DataOf<T>> | null;
  if (record.key === null) return ['unreadable', 'a state record needs a key'];
  const version = data === null ? record.version : rules.versionOf(data);
  if (version === undefined) return ['unreadable', 'a tombstone needs a version header'];
  if (version < 0) return ['version_out_of_bounds', `version ${version} is below 0`];
  const key = data === null ? record.key : rules.topic.key(data, record.id);
  if (key !== record.key) return ['wrong_key', `the key is ${JSON.stringify(record.key)}; the value belongs under ${JSON.stringify(key)}`];
  const tenantId = rules.tenantOf(record);
  if (tenantId !== undefined && !rules.isDeclared(tenantId)) return ['unknown_tenant', `no tenant ${tenantId} is declared`];
  // A version is a count, or milliseconds since 1970; whichever it is, it is not beyond this one.
  const highest = Math.min(rules.highest ?? Number.MAX_SAFE_INTEGER, now + aheadMs);
  if (version > highest) {
    return ['version_out_of_bounds', `version ${version} is above ${highest}: a version is a count, or milliseconds since 1970 that are at most an hour ahead`];
  }
  return undefined;
}
