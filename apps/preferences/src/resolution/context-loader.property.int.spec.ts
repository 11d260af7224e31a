// Whatever changes, by whichever process and in whichever order: what a loader remembers is what a new one reads. On a
// real database, with the writers of the service.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { installationChanged, notificationType, recipientChanged, type ChannelKind } from '@carillon/domain';
import { emailRecipient, memberRecipient } from '@carillon/domain/ids';
import { batchOf } from '@carillon/messaging/testing';
import { createDataSource } from '@carillon/persistence';
import { AuditLog } from '@carillon/runtime';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { MemberPreferences } from '../preferences/member-preferences.entity.ts';
import { OrganisationDefaultsRow } from '../preferences/organisation-defaults.entity.ts';
import { Preferences } from '../preferences/preferences.ts';
import { ApplyInstallations } from '../replicas/apply-installations.ts';
import { ApplyRecipients } from '../replicas/apply-recipients.ts';
import {
  createReplicaDatabase,
  gone,
  installed,
  state,
  tenants,
  type ReplicaDatabase,
} from '../testing/replica-database.ts';
import { Unsubscriptions } from '../unsubscribing/unsubscriptions.ts';
import { ContextLoader, LookupKeys } from './context-loader.ts';
import { recordChange } from './context-version.ts';
import type { TenantContext } from './resolution-context.ts';

let database: ReplicaDatabase;
let dataSource: DataSource;
let preferences: Preferences;
let unsubscriptions: Unsubscriptions;

beforeAll(async () => {
  database = await createReplicaDatabase();
  const url = database.pool.options.connectionString!;
  dataSource = createDataSource({ url, entities: [MemberPreferences, OrganisationDefaultsRow], migrations: [] });
  await dataSource.initialize();
  const audit = new AuditLog({ service: 'preferences', write: () => Promise.resolve() });
  preferences = new Preferences(dataSource, audit);
  unsubscriptions = new Unsubscriptions(dataSource, audit);
});
afterAll(async () => {
  await dataSource?.destroy();
  await database?.drop();
});

const type = notificationType.parse({ name: 'report.ready', title: 'Report ready', category: 'reports' });
const member = fc.constantFrom('ada', 'bob', 'cyd');
const address = fc.constantFrom('x@acme.test', 'y@acme.test', 'z@acme.test');
const tenantId = fc.constantFrom('acme', 'acme', 'globex');
const channels = fc.constantFrom<ChannelKind[]>([], ['email'], ['slack', 'email']);

interface World {
  loaders: ContextLoader[];
  version: number;
}
/** `label`: for a counterexample. */
interface Step {
  label: string;
  run: (world: World) => Promise<void>;
}
const stepOf =
  <T>(name: string, run: (given: T, world: World) => Promise<void>) =>
  (given: T): Step => ({ label: `${name} ${JSON.stringify(given)}`, run: (world) => run(given, world) });

const caller = { tenantId: 'acme', memberId: 'root', roles: ['owner' as const], tenantIds: [] };
const choices = (chosen: ChannelKind[]) => ({ types: { [type.name]: { channels: chosen } }, categories: {} });

const changes = {
  person: fc
    .record({ tenantId, memberId: member, email: address, active: fc.boolean() })
    .map(
      stepOf('person', ({ memberId, ...given }, world) =>
        new ApplyRecipients(database.pool, tenants).handle(
          batchOf(recipientChanged, [state(memberId, (world.version += 1), given)]),
        ),
      ),
    ),
  move: fc
    .record({ from: member, to: member, email: address })
    .map(
      stepOf('move', ({ from, to, email }, world) =>
        new ApplyRecipients(database.pool, tenants).handle(
          batchOf(recipientChanged, [
            state(from, (world.version += 1)),
            state(to, (world.version += 1), { email: email.toUpperCase() }),
          ]),
        ),
      ),
    ),
  deletion: member.map(
    stepOf('deletion', (memberId, world) =>
      new ApplyRecipients(database.pool, tenants).handle(
        batchOf(recipientChanged, [gone(memberId, (world.version += 1))]),
      ),
    ),
  ),
  choices: fc.record({ tenantId, memberId: member, channels }).map(
    stepOf('choices', async ({ memberId, channels: chosen, ...given }) => {
      const to = () => ({ choices: { slackOff: false, ...choices(chosen) }, picked: null });
      await preferences.changeChoices(given.tenantId, memberId, to, caller, undefined);
    }),
  ),
  defaults: fc.record({ tenantId, channels }).map(
    stepOf('defaults', async (given) => {
      await preferences.changeDefaults(given.tenantId, () => choices(given.channels), caller, undefined);
    }),
  ),
  unsubscription: fc
    .record({ tenantId, recipient: fc.oneof(member.map(memberRecipient), address.map(emailRecipient)) })
    .map(stepOf('unsubscription', (given) => unsubscriptions.add({ ...given, type: type.name }, type))),
  // The address got its member while its owner unsubscribed: both are committed, in this order.
  overtaken: fc.record({ tenantId, recipient: address.map(emailRecipient) }).map(
    stepOf('overtaken', async (given) => {
      await database.pool.query(
        `INSERT INTO unsubscription (tenant_id, recipient, type) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
        [given.tenantId, given.recipient, type.name],
      );
      await database.pool.query(recordChange(given));
    }),
  ),
  installation: fc
    .record({ tenantId, state: fc.constantFrom('active', 'lost') })
    .map(
      stepOf('installation', (given, world) =>
        new ApplyInstallations(database.pool, tenants).handle(
          batchOf(installationChanged, [installed(`of-${given.tenantId}`, (world.version += 1), given)]),
        ),
      ),
    ),
  // It increments the version and says nothing of what it changed.
  neighbour: fc.record({ memberId: member, active: fc.boolean() }).map(
    stepOf('neighbour', async ({ memberId, active }) => {
      await database.pool.query(
        `WITH changed AS (UPDATE recipient SET active = $2 WHERE tenant_id = 'acme' AND member_id = $1 RETURNING tenant_id)
         INSERT INTO context_version AS v SELECT DISTINCT tenant_id, 1 FROM changed
         ON CONFLICT (tenant_id) DO UPDATE SET version = v.version + 1`,
        [memberId, active],
      );
    }),
  ),
};

const load = fc
  .record({
    loader: fc.nat(1),
    tenantIds: fc.uniqueArray(tenantId, { minLength: 1 }),
    members: fc.uniqueArray(member),
    addresses: fc.uniqueArray(address),
  })
  .map(
    stepOf('load', async ({ loader, tenantIds, members, addresses }, world) => {
      const keys = new LookupKeys();
      for (const one of tenantIds) {
        keys.add({ tenantId: one, to: [{ members }, ...addresses.map((email) => ({ email }))] });
      }
      const remembered = await world.loaders[loader]!.load(keys);
      const fresh = await new ContextLoader(database.pool).load(keys);
      for (const one of tenantIds) {
        expect(shown(remembered.get(one), members, addresses)).toEqual(shown(fresh.get(one), members, addresses));
      }
    }),
  );

/** What a batch that asked for these may use. */
const shown = (context: TenantContext | undefined, members: string[], addresses: string[]) => ({
  members: members.map((id) => context?.members.get(id) ?? null),
  addresses: addresses.map((one) => context?.addresses.get(one) ?? null),
  unsubscribed: addresses.map((one) => context?.unsubscribed?.get(one)),
  installations: context?.installations,
  defaults: context?.defaults,
});

test('what two loaders remember is what a new one reads, after any changes', async () => {
  const steps = fc.array(fc.oneof({ weight: 8, arbitrary: load }, ...Object.values(changes)), {
    maxLength: 60,
    size: 'max',
  });
  await fc.assert(
    fc
      .asyncProperty(steps, async (taken) => {
        const world: World = {
          loaders: [new ContextLoader(database.pool), new ContextLoader(database.pool)],
          version: 0,
        };
        for (const { run } of taken) await run(world);
      })
      .beforeEach(async () => {
        await database.clear();
        await database.pool.query('TRUNCATE unsubscription, context_change');
      }),
    { numRuns: 40 },
  );
});
