// What records on the state topics may not do to the directory, and what it does about deletions that nobody told it
// of. On PostgreSQL, and for the comparison with a topic on a real broker.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { installationChanged, memberChanged, type InstallationState, type MemberState } from '@carillon/domain';
import { ensureTopics, Publisher, tombstone, type RawRecord } from '@carillon/messaging';
import { batchOf, testKafka, until } from '@carillon/messaging/testing';
import { Lifecycle, ReplicaSweep, Tenants } from '@carillon/runtime';
import { InstallationReplica } from './installations/installation-replica.ts';
import { MemberReplica } from './members/member-replica.ts';
import { sweptReplicas } from './replicas/directory-sweep.ts';
import type { SyncRunner } from './syncs/sync-runner.ts';
import { testDirectory, type Directory } from './testing/directory.ts';

const nowhere = 'http://127.0.0.1:1';
const day = 86_400_000;
let directory: Directory;

beforeEach(async () => {
  directory = await testDirectory({ slack: nowhere, installation: nowhere, token: nowhere });
});
afterEach(() => directory.close());

const member = (over: Partial<MemberState> = {}): MemberState => ({
  tenantId: 'globex',
  memberId: 'hank',
  email: 'hank@globex.test',
  name: 'Hank',
  active: true,
  version: 1,
  ...over,
});
const written = (data: MemberState, source = '/globex/hr', key?: string) => ({
  id: randomUUID(),
  source,
  data,
  ...(key !== undefined && { key }),
});
const gone = (key: string, version: number, source?: string): RawRecord => {
  const record = tombstone(memberChanged, key, version);
  return source === undefined ? record : { ...record, headers: { ...record.headers, ce_source: source } };
};

async function codesOf(events: Parameters<typeof batchOf<typeof memberChanged>>[1]): Promise<string[]> {
  const batch = batchOf(memberChanged, events);
  await directory.replicas.members.handle(batch);
  return batch.rejected.map(({ code }) => code);
}
const nameOf = async (memberId: string, tenantId = 'globex'): Promise<string | undefined> => {
  const found = await directory.pool.query<{ name: string }>(
    'SELECT name FROM member WHERE tenant_id = $1 AND member_id = $2 AND NOT deleted',
    [tenantId, memberId],
  );
  return found.rows[0]?.name;
};

describe('a record of member.changed', () => {
  beforeEach(() => codesOf([written(member())]));

  it('of a source that is not on the tenant’s list rewrites and deletes nobody, however its source is written', async () => {
    const sources = ['/acme/hr', '/acme/../globex/../acme', '/globex/../acme', '/globex/%2e%2e/acme', '/globex'];
    const rewrites = sources.map((source) => written(member({ name: 'Mallory', version: 9 }), source));
    const deletions = [...sources, undefined].map((source) => gone('globex:hank', 9, source));
    expect(await codesOf([...rewrites, ...deletions])).toEqual(Array.from({ length: 11 }, () => 'source_not_allowed'));
    expect(await nameOf('hank')).toBe('Hank');
    expect(await codesOf([gone('globex:hank', 9, '/globex/hr')])).toEqual([]);
    expect(await nameOf('hank')).toBeUndefined();
  });

  it('of a tenant that is not declared is not taken', async () => {
    const undeclared = ['umbrella', '__proto__', 'constructor'].map((tenantId) =>
      written(member({ tenantId }), `/${tenantId}/hr`),
    );
    expect(await codesOf(undeclared)).toEqual(['unknown_tenant', 'unknown_tenant', 'unknown_tenant']);
    expect((await directory.pool.query(`SELECT FROM member WHERE tenant_id <> 'globex'`)).rowCount).toBe(0);
  });

  it('under the key of another member is not taken', async () => {
    expect(await codesOf([written(member({ memberId: 'mallory', version: 9 }), '/globex/hr', 'globex:hank')])).toEqual([
      'wrong_key',
    ]);
    expect(await nameOf('hank')).toBe('Hank');
  });

  it('with a version in the far future does not outrank the later ones, whether they count or tell the time', async () => {
    expect(
      await codesOf([written(member({ name: 'Forged', version: 9e15 })), gone('globex:hank', 9e15, '/globex/hr')]),
    ).toEqual(['version_out_of_bounds', 'version_out_of_bounds']);
    expect(await codesOf([written(member({ name: 'Second', version: 2 }))])).toEqual([]);
    expect(await nameOf('hank')).toBe('Second');
    expect(await codesOf([written(member({ name: 'By time', version: Date.now() }))])).toEqual([]);
    expect(await nameOf('hank')).toBe('By time');
    expect(await codesOf([written(member({ name: 'Ahead', version: Date.now() + day - 60_000 }))])).toEqual([]);
    expect(await nameOf('hank')).toBe('Ahead');
  });
});

describe('a record of installation.changed', () => {
  const state = (over: Partial<InstallationState> = {}): InstallationState => ({
    installationId: 'i-1',
    tenantId: 'acme',
    name: 'Main',
    profile: 'direct',
    state: 'active',
    teamId: 'T1',
    isEnterpriseInstall: false,
    appId: 'A1',
    botUserId: 'U0',
    scopes: ['users:read'],
    installedAt: '2026-11-22T10:00:00Z',
    version: 1,
    ...over,
  });
  const heard = async (...states: InstallationState[]): Promise<string[]> => {
    const batch = batchOf(
      installationChanged,
      states.map((data) => ({ id: randomUUID(), source: '/carillon/installation', data })),
    );
    await directory.replicas.installations.handle(batch);
    return batch.rejected.map(({ code }) => code);
  };
  const tenantNow = async () =>
    (await directory.pool.query<{ tenant: string }>('SELECT tenant_id AS tenant FROM installation')).rows.map(
      ({ tenant }) => tenant,
    );

  it("never gives one tenant's workspace to another, not within a batch either, and no undeclared tenant gets one", async () => {
    expect(await heard(state(), state({ tenantId: 'globex', version: 2 }))).toEqual(['foreign_installation']);
    expect(
      await heard(state({ tenantId: 'globex', version: 3 }), state({ installationId: 'i-2', tenantId: 'umbrella' })),
    ).toEqual(['foreign_installation', 'unknown_tenant']);
    expect(await tenantNow()).toEqual(['acme']);
    await directory.installationGone('i-1', 4);
    expect(await heard(state({ tenantId: 'globex', version: 5 }))).toEqual(['foreign_installation']);
  });

  it('with a version in the far future does not outrank the later ones', async () => {
    expect(await heard(state({ name: 'Forged', version: 9e15 }), state({ name: 'True', version: 2 }))).toEqual([
      'version_out_of_bounds',
    ]);
    expect((await directory.pool.query<{ name: string }>('SELECT name FROM installation')).rows).toEqual([
      { name: 'True' },
    ]);
  });
});

describe('a member who was deleted while the service was away for longer than Kafka remembers it', () => {
  it('is found by comparison with the whole topic and leaves the directory with all that follows', async () => {
    const tenantId = `sweep-${randomUUID().slice(0, 8)}`;
    const kafka = testKafka();
    const tenants = new Tenants([{ id: tenantId, name: 'Sweep' }]);
    const members = new MemberReplica(directory.pool, tenants);
    const installations = new InstallationReplica(directory.pool, { wake: () => undefined } as SyncRunner, tenants);
    const states = ['ada', 'ben', 'cy'].map((memberId) => member({ tenantId, memberId, name: memberId }));
    await members.handle(
      batchOf(
        memberChanged,
        states.map((data) => written(data, '/hr')),
      ),
    );
    expect((await directory.published()).size).toBe(3);

    await ensureTopics(kafka, [memberChanged, installationChanged], 'create', { maxPartitions: 12 });
    const publisher = new Publisher(kafka);
    await publisher.publish(
      memberChanged,
      states.slice(0, 2).map((data) => written(data, '/hr')),
    );
    await publisher.close();

    const consumers = { readiness: () => true as const };
    const lifecycle = new Lifecycle();
    const sweep = new ReplicaSweep(sweptReplicas(members, installations), {
      pool: directory.pool,
      kafka,
      consumers,
      lifecycle,
      sweepAfterMs: 7 * day,
    });
    const followed = async () =>
      (await directory.pool.query<{ topic: string }>('SELECT topic FROM followed_topic ORDER BY topic')).rows.map(
        ({ topic }) => topic,
      );
    sweep.onApplicationBootstrap();
    await until(async () => (await followed()).length === 2);
    expect(await followed()).toEqual([installationChanged.name, memberChanged.name]);

    expect(await directory.published()).toEqual(new Map([[`${tenantId}:cy`, null]]));
    expect([await nameOf('ada', tenantId), await nameOf('ben', tenantId), await nameOf('cy', tenantId)]).toEqual([
      'ada',
      'ben',
      undefined,
    ]);
    expect(
      (await directory.pool.query(`SELECT FROM member WHERE member_id = 'cy' AND email = '' AND name = ''`)).rowCount,
    ).toBe(1);
    // The row's own version: whatever was written later than it brings the person back.
    await members.handle(
      batchOf(memberChanged, [written(member({ tenantId, memberId: 'cy', name: 'cy again', version: 2 }), '/hr')]),
    );
    expect(await nameOf('cy', tenantId)).toBe('cy again');
    await lifecycle.stop();
  }, 90_000);
});
