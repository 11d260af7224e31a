// A replica: a service's copy of a compacted topic in a table. One declaration gives the handler of the consumer and
// the input of the sweep (replica-sweep.ts). Each record is checked (state-record-fault.ts), and the newest change of
// each key is stored. Guarantees: a record with a fault is a dead letter and changes nothing; with `tenantColumn`, a
// key stays with the tenant that it was first seen with; the handler resolves when the changes are stored. `store` of
// the declaration stores them; store-newer.ts has the usual way.
import type { DataOf, Topic } from '@carillon/domain';
import type { Batch, Received } from '@carillon/messaging';
import { defineStatement, type MissingKey } from '@carillon/persistence';
import type { Pool } from 'pg';
import type { z } from 'zod';
import { changeOf, newestChanges, type Change } from './newest-changes.ts';
import type { Replica } from './replica-sweep.ts';
import { stateRecordFault, type StateRules } from './state-record-fault.ts';

export type StateTopic = Topic<string, z.ZodType<{ tenantId: string; version?: number | undefined }>>;
export type StateOf<T extends Topic> = NonNullable<DataOf<T>>;

export interface StateReplicaDeclaration<T extends StateTopic> {
  topic: T;
  table: string;
  /** The key of the record, as an expression over the table's columns. */
  key: string;
  /** Whether keys are `tenantId:id`. */
  keysNameTenants: boolean;
  /** Whether products write the topic, whose tombstones may lack a version. */
  versionsOptional?: boolean;
  /** The column of the tenant, which a key keeps for good, deleted or not; absent: the key itself names the tenant. */
  tenantColumn?: string;
  /** Checks a record instead of `stateRecordFault`. */
  fault?: (record: Received<T>) => readonly [code: string, detail: string] | undefined;
  /** The most changes in one call of `store`. Default 2,000. */
  mostAtOnce?: number;
  /** Stores the changes that are newer than the table. A long `store` calls `alive` from time to time. */
  store: (changes: readonly Change<StateOf<T>>[], alive: () => Promise<void>) => Promise<void>;
}

export interface StateReplica<T extends StateTopic> {
  handle(batch: Batch<T>): Promise<void>;
  /** The input of `replicaSweep`. `topic`: for specs that have a topic of their own. */
  swept(topic?: Topic): Replica;
}

export function stateReplica<T extends StateTopic>(
  pool: Pool,
  tenants: StateRules['tenants'],
  declaration: StateReplicaDeclaration<T>,
): StateReplica<T> {
  const { table, key, mostAtOnce = 2_000, store } = declaration;
  const rules: StateRules = {
    tenants,
    keysNameTenants: declaration.keysNameTenants,
    versionsOptional: declaration.versionsOptional ?? false,
  };
  const readTenants = tenantReader(pool, declaration);
  const faultOf = (record: Received<T>, tenantId?: string) =>
    declaration.fault ? declaration.fault(record) : stateRecordFault(declaration.topic, record, rules, tenantId);

  async function storeAll(changes: readonly Change<StateOf<T>>[], alive: () => Promise<void>): Promise<void> {
    for (let from = 0; from < changes.length; from += mostAtOnce) {
      await store(changes.slice(from, from + mostAtOnce), alive);
      await alive();
    }
  }

  return {
    async handle(batch) {
      const tenantOf = await readTenants(batch.records.flatMap((record) => record.key ?? []));
      const changes: Change<StateOf<T>>[] = [];
      for (const record of batch.records) {
        const fault = faultOf(record, tenantOf.get(record.key ?? ''));
        if (fault) {
          batch.reject(record, ...fault);
          continue;
        }
        const change = changeOf<StateOf<T>>(record);
        if (change.state && declaration.tenantColumn !== undefined) tenantOf.set(change.key, change.state.tenantId);
        changes.push(change);
      }
      await storeAll(newestChanges(changes), () => batch.heartbeat());
    },

    swept: (topic = declaration.topic) => ({
      topic,
      rows: `SELECT ${key} AS key, version FROM ${table} WHERE NOT deleted`,
      // As if a tombstone with the row's own version had come.
      forget: (gone: readonly MissingKey[]) =>
        storeAll(
          gone.map((row) => ({ ...row, state: null, timestamp: Date.now() })),
          () => Promise.resolve(),
        ),
    }),
  };
}

/** Reads the tenants of stored keys. */
function tenantReader<T extends StateTopic>(
  pool: Pool,
  { table, key, tenantColumn }: StateReplicaDeclaration<T>,
): (keys: readonly string[]) => Promise<Map<string, string>> {
  if (tenantColumn === undefined) return () => Promise.resolve(new Map());
  const read = defineStatement({
    name: `tenants of ${table}`,
    parameters: { keys: 'text[]' },
    text: (p) =>
      `SELECT ${key} AS key, ${tenantColumn} AS tenant FROM ${table} WHERE ${key} = ANY(${p.keys}) AND ${tenantColumn} <> ''`,
  });
  return async (keys) => {
    const { rows } = await pool.query<{ key: string; tenant: string }>(read({ keys: [...new Set(keys)] }));
    return new Map(rows.map((row) => [row.key, row.tenant]));
  };
}
