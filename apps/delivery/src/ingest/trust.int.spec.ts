// What delivery believes of records that anybody may have written: on a real ledger, through the handlers as Kafka
// calls them.
import { testChannels } from '../testing/channels.ts';
import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  installationChanged,
  notificationResolved,
  notificationRetracted,
  type InstallationState,
  type SlackDestination,
} from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import type { Rejection } from '@carillon/messaging';
import { tombstone } from '@carillon/messaging';
import { batchOf } from '@carillon/messaging/testing';
import { Tenants } from '@carillon/runtime';
import { Installations } from '../channels/slack/installations.ts';
import { ReplicateInstallations } from '../channels/slack/replicate-installations.ts';
import { idOf, resolved, toMember, useLedger } from '../testing/ledger-stage.ts';
import { testIngest } from '../testing/test-ingest.ts';
import type { IngestResolved } from './ingest-resolved.ts';
import type { IngestRetracted } from './ingest-retracted.ts';

type SentRecord = ReturnType<typeof resolved>;

const stage = useLedger();
const tenants = new Tenants([
  { id: 'acme', name: 'Acme', sources: ['/test', '/acme/*'] },
  { id: 'globex', name: 'Globex', sources: ['/globex'] },
]);

let installations: Installations;
let replicate: ReplicateInstallations;
let ingest: IngestResolved;
let retract: IngestRetracted;

const state = (installationId: string, over: Partial<InstallationState> = {}): InstallationState => ({
  installationId,
  tenantId: 'acme',
  name: 'Main',
  profile: 'full',
  state: 'active',
  teamId: 'T1',
  isEnterpriseInstall: false,
  appId: 'A1',
  botUserId: 'U0',
  scopes: ['chat:write'],
  installedAt: '2026-01-01T00:00:00Z',
  version: 1,
  ...over,
});
const orgWide = (): InstallationState => {
  const { teamId: _, ...rest } = state('org', { isEnterpriseInstall: true, enterpriseId: 'E1' });
  return rest;
};
const announce = async (...states: InstallationState[]): Promise<string[]> => {
  const batch = batchOf(
    installationChanged,
    states.map((data, n) => ({ id: String(n), source: '/s', data })),
  );
  await replicate.handle(batch);
  return batch.rejected.map(({ code }) => code);
};
const send = async (...records: SentRecord[]): Promise<string[]> => {
  const batch = batchOf(
    notificationResolved,
    records.map(({ data }, n) => ({ id: String(n), source: '/s', data })),
  );
  await ingest.handle(batch);
  await ingest.rejected(batch.rejected.map(({ record, code, detail }): Rejection => ({ ...record, code, detail })));
  return batch.rejected.map(({ code }) => code);
};
const to = (over: Partial<SlackDestination>) =>
  toMember('ada', {
    destinations: [{ kind: 'slack', surface: 'dm', installationId: 'i1', teamId: 'T1', channel: 'U1', ...over }],
  });
const lanes = () => stage.rows('SELECT lane FROM delivery_live ORDER BY lane');

beforeEach(() => {
  installations = new Installations(stage.pool);
  replicate = new ReplicateInstallations(stage.pool, installations, tenants);
  const channels = testChannels(stage.pool, installations);
  ({ resolved: ingest, retracted: retract } = testIngest({ pool: stage.pool, channels, tenants }));
});

describe('a resolved record', () => {
  test.each([
    ["another tenant's installation", to({ installationId: 'g1', teamId: 'T2' })],
    ["its own installation with another tenant's workspace", to({ teamId: 'T2' })],
    [
      "an installation that is not known, with another tenant's workspace",
      to({ installationId: 'nobody', teamId: 'T2' }),
    ],
    ["an org-wide installation with another tenant's workspace", to({ installationId: 'org', teamId: 'T2' })],
    ['a lane of e-mail for a workspace', to({ installationId: 'nobody', teamId: 'email:globex' })],
  ])('that names %s is refused whole, with a failed outcome', async (_what, decision) => {
    await announce(state('i1'), state('g1', { tenantId: 'globex', teamId: 'T2' }), orgWide());
    expect(await send(resolved('r', [toMember('bob'), decision]), resolved('s', [toMember('bob')]))).toEqual([
      'foreign_address',
    ]);
    expect(await stage.rows('SELECT notification_id AS id FROM delivery')).toEqual([{ id: idOf('s') }]);
    expect(await stage.outcomes()).toEqual([
      expect.objectContaining({
        tenantId: 'acme',
        outcome: 'failed',
        reason: 'foreign_address',
        notification: { source: '/test', id: 'r', notificationId: idOf('r') },
      }),
    ]);
  });

  test('of a tenant that claims a workspace which another one holds is refused, until that one has given it up', async () => {
    await announce(state('i1'));
    await announce(state('forged', { tenantId: 'globex' }));
    const globex = (id: string): SentRecord => {
      const { data, ...rest } = resolved(id, [to({ installationId: 'forged' })], {
        source: '/globex',
        notificationId: notificationIdOf('globex', '/globex', id),
      });
      return { ...rest, data: { ...data, tenantId: 'globex' } };
    };
    expect(await send(globex('a'), resolved('b', [to({})]))).toEqual(['foreign_address']);
    expect(await lanes()).toEqual([{ lane: 'T1' }]);
    await announce(state('i1', { state: 'disconnected', version: 2 }));
    expect(await send(globex('c'))).toEqual([]);
  });

  test('whose installation is not known yet waits for it', async () => {
    expect(await send(resolved('r', [to({ installationId: 'later', teamId: 'T7' })]))).toEqual([]);
    expect(await lanes()).toEqual([{ lane: 'T7' }]);
  });

  test('may go to any workspace that an org-wide installation of the tenant covers', async () => {
    await announce(orgWide());
    expect(await send(resolved('r', [to({ installationId: 'org', teamId: 'T8' })]))).toEqual([]);
  });

  test("can't bear another notification's id, nor come from a tenant that nobody declared", async () => {
    const foreign = resolved('r', [toMember('ada')], { notificationId: notificationIdOf('globex', '/globex', 'x') });
    const undeclared = resolved('u', [toMember('ada')]);
    undeclared.data = {
      ...undeclared.data,
      tenantId: '__proto__',
      notification: { ...undeclared.data.notification, notificationId: notificationIdOf('__proto__', '/test', 'u') },
    };
    expect(await send(foreign, undeclared)).toEqual(['wrong_notification_id', 'unknown_tenant']);
    expect(await stage.rows('SELECT 1 FROM notification')).toEqual([]);
  });
});

describe('a state of an installation', () => {
  const known = () =>
    stage.rows(
      'SELECT installation_id AS id, tenant_id AS tenant, version::integer, deleted FROM installation ORDER BY 1',
    );

  test('counts only under its own key, for a declared tenant, for the tenant it was first seen with', async () => {
    expect(
      await announce(state('i1'), state('i1', { tenantId: 'globex', version: 2 }), state('i2', { tenantId: 'nobody' })),
    ).toEqual(['foreign_installation', 'unknown_tenant']);
    const batch = batchOf(installationChanged, [
      { id: '1', source: '/s', key: 'i1', data: state('i9', { version: 9 }) },
    ]);
    await replicate.handle(batch);
    expect(batch.rejected.map(({ code }) => code)).toEqual(['wrong_key']);
    expect(await announce(state('i1', { tenantId: 'globex', version: 3 }))).toEqual(['foreign_installation']);
    expect(await known()).toEqual([{ id: 'i1', tenant: 'acme', version: 1, deleted: false }]);
  });

  test('with a version far in the future does not outrank the later ones', async () => {
    expect(await announce(state('i1', { version: 9e15, state: 'disconnected' }), state('i1', { version: 4 }))).toEqual([
      'version_out_of_bounds',
    ]);
    expect(await known()).toEqual([{ id: 'i1', tenant: 'acme', version: 4, deleted: false }]);
  });

  test('an older one changes nothing, a deletion stays, and its id is given to no other tenant', async () => {
    await announce(state('i1', { version: 3 }), state('i1', { version: 2, state: 'lost' }));
    await replicate.handle(batchOf(installationChanged, [tombstone(installationChanged, 'i1', 4)]));
    await announce(state('i1', { version: 4 }));
    expect(await announce(state('i1', { tenantId: 'globex', version: 5 }))).toEqual(['foreign_installation']);
    expect(await known()).toEqual([{ id: 'i1', tenant: 'acme', version: 4, deleted: true }]);
  });
});

describe('a retraction', () => {
  const take = async (...retractions: { tenantId: string; source: string; id: string }[]): Promise<string[]> => {
    const batch = batchOf(
      notificationRetracted,
      retractions.map((data, n) => ({ id: String(n), source: data.source, data })),
    );
    await retract.handle(batch);
    return batch.rejected.map(({ code }) => code);
  };

  test("from a source that the tenant does not list takes nothing back, and none touches another tenant's notification", async () => {
    await announce(state('i1'));
    await send(resolved('r', [toMember('ada')]));
    expect(
      await take(
        { tenantId: 'acme', source: '/globex', id: 'r' },
        { tenantId: 'acme', source: '/acme/../globex', id: 'r' },
        { tenantId: 'globex', source: '/test', id: 'r' },
        { tenantId: 'nobody', source: '/test', id: 'r' },
      ),
    ).toEqual(['source_not_allowed', 'source_not_allowed', 'source_not_allowed', 'unknown_tenant']);
    const byStranger = batchOf(notificationRetracted, [
      { id: 's', source: '/globex', data: { tenantId: 'acme', source: '/test', id: 'r' } },
    ]);
    await retract.handle(byStranger);
    expect(byStranger.rejected.map(({ code, detail }) => `${code}: ${detail}`)).toEqual([
      'source_not_allowed: /globex may not take back for tenant acme',
    ]);
    expect(await stage.rows('SELECT state FROM delivery')).toEqual([{ state: 'ready' }]);
    expect(await take({ tenantId: 'acme', source: '/test', id: 'r' })).toEqual([]);
    expect(await stage.rows('SELECT state, reason FROM delivery')).toEqual([
      { state: 'cancelled', reason: 'retracted' },
    ]);
  });
});
