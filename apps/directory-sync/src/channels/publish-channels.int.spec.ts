// What is published of channels that change, on a real database.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { channelChanged, type ChannelState } from '@carillon/domain';
import { until } from '@carillon/messaging/testing';
import { Lifecycle, Tenants } from '@carillon/runtime';
import fc from 'fast-check';
import { eraseInstallation } from '../installations/erase-installation.ts';
import { SyncStage } from '../testing/sync-stage.ts';
import { PublishChannels } from './publish-channels.ts';

let stage: SyncStage;
let installation: string;
let lifecycle: Lifecycle;
beforeAll(async () => {
  stage = await SyncStage.start();
});
beforeEach(async () => {
  await stage.reset();
  installation = stage.installation.installationId;
  await stage.directory.installation({ installationId: installation, teamId: stage.team });
  lifecycle = new Lifecycle();
});
afterEach(async () => {
  await lifecycle.stop();
  await stage.directory.close();
});
afterAll(() => stage?.stop());

function publisher(publishChannels?: boolean): void {
  const tenants = new Tenants([
    { id: 'acme', name: 'Acme', ...(publishChannels !== undefined && { publishChannels }) },
  ]);
  new PublishChannels(stage.directory.pool, { CHANNELS_POLL_MS: 20 }, tenants, lifecycle).onApplicationBootstrap();
}

const query = (text: string, values: unknown[] = []) =>
  stage.directory.pool.query<Record<string, unknown>>(text, values);
const insert = (id: string, name: string) =>
  query(
    `INSERT INTO channel (installation_id, channel_id, team_id, name, private, member) VALUES ($1, $2, 'T1', $3, false, true)
     ON CONFLICT (installation_id, channel_id) DO UPDATE SET name = excluded.name`,
    [installation, id, name],
  );
const published = () =>
  until(async () => (await query('SELECT FROM channel_publication WHERE pending')).rowCount === 0);

/** Every record, in order. */
async function records(): Promise<{ key: string; state: ChannelState | null; version: number }[]> {
  const { rows } = await query('SELECT key, value, headers FROM outbox WHERE topic = $1 ORDER BY id', [
    channelChanged.name,
  ]);
  return rows.map(({ key, value, headers }) => {
    const state = value === null ? null : channelChanged.schema.parse(JSON.parse((value as Buffer).toString()));
    const version = state ? state.version : Number((headers as { version: string }).version);
    return { key: (key as Buffer).toString().replace(installation, 'i'), state, version };
  });
}

test('a channel is published when it is new, when it changes, and as a tombstone when it is gone', async () => {
  await insert('C1', 'general');
  publisher();
  await published();
  await insert('C1', 'general');
  await query(`UPDATE channel SET known_at = 5`);
  await published();
  await insert('C1', 'all');
  await published();
  await query('DELETE FROM channel');
  await until(async () => (await query('SELECT FROM channel_publication')).rowCount === 0);
  await insert('C1', 'back');
  await published();
  const all = await records();
  expect(all.map(({ key, state }) => [key, state?.name])).toEqual([
    ['i:C1', 'general'],
    ['i:C1', 'all'],
    ['i:C1', undefined],
    ['i:C1', 'back'],
  ]);
  expect(all[0]!.state).toEqual({
    ...{ tenantId: 'acme', installationId: installation, channelId: 'C1', teamId: 'T1', name: 'general' },
    ...{ isPrivate: false, isArchived: false, isMember: true, version: all[0]!.version },
  });
  for (const [before, after] of all.slice(1).map((one, place) => [all[place]!, one] as const))
    expect(after.version).toBeGreaterThan(before.version);
});

test('of an installation that is erased nothing stays published', async () => {
  for (const n of [1, 2, 3]) await insert(`C${n}`, `channel-${n}`);
  publisher();
  await published();
  await eraseInstallation(stage.directory.pool, installation, () => Promise.resolve());
  await until(async () => (await query('SELECT FROM channel_publication')).rowCount === 0);
  expect((await records()).slice(3).map(({ state }) => state)).toEqual([null, null, null]);
});

test('of a tenant that does not want it, nothing is published, and what was is taken back', async () => {
  await insert('C1', 'general');
  publisher();
  await published();
  await lifecycle.stop();
  lifecycle = new Lifecycle();
  publisher(false);
  await until(async () => (await records()).length === 2);
  await insert('C2', 'other');
  await published();
  expect((await records()).map(({ state }) => state?.name)).toEqual(['general', undefined]);
  await lifecycle.stop();
  lifecycle = new Lifecycle();
  publisher(true);
  await until(async () => (await records()).length === 4);
  expect(
    (await records())
      .slice(2)
      .map(({ state }) => state?.name)
      .sort(),
  ).toEqual(['general', 'other']);
});

test('whatever is written at the same time, the last that is published is what is stored', async () => {
  for (let process = 0; process < 2; process++) publisher();
  const write = fc.record({ id: fc.integer({ min: 1, max: 6 }), name: fc.constantFrom('a', 'b', 'c', undefined) });
  const transaction = fc.uniqueArray(write, { minLength: 1, maxLength: 4, selector: ({ id }) => id });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(transaction, { maxLength: 6 }), { minLength: 2, maxLength: 4 }),
      async (writers) => {
        await Promise.all(
          writers.map(async (transactions) => {
            const client = await stage.directory.pool.connect();
            for (const writes of transactions) {
              await client.query('BEGIN');
              for (const { id, name } of [...writes].sort((a, b) => a.id - b.id)) {
                if (name === undefined)
                  await client.query('DELETE FROM channel WHERE installation_id = $1 AND channel_id = $2', [
                    installation,
                    `C${id}`,
                  ]);
                else
                  await client.query(
                    `INSERT INTO channel (installation_id, channel_id, team_id, name, private) VALUES ($1, $2, 'T1', $3, false)
                   ON CONFLICT (installation_id, channel_id) DO UPDATE SET name = excluded.name`,
                    [installation, `C${id}`, name],
                  );
              }
              await client.query('COMMIT');
            }
            client.release();
          }),
        );
        await published();
        const last = new Map((await records()).map(({ key, state }) => [key, state?.name]));
        const stored = await query('SELECT channel_id, name FROM channel');
        expect(new Map([...last].filter(([, name]) => name !== undefined))).toEqual(
          new Map(stored.rows.map(({ channel_id: id, name }) => [`i:${id as string}`, name])),
        );
      },
    ),
    { numRuns: 30 },
  );
});
