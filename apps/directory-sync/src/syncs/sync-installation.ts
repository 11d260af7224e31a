// Runs one sync: it lists the users, stores the differences, links the members, and lists the channels. Guarantees: it
// may be interrupted anywhere, and another process goes on at the page after the last one that was staged; where
// nothing changed in Slack it writes only its progress and what it stages; memory does not grow with the workspace.
import { hasCapability } from '@carillon/domain';
import { defineStatement } from '@carillon/persistence';
import type { SlackBody } from '@carillon/slack';
import type { Pool, PoolClient } from 'pg';
import { relink, type MemberRef } from '../links/relink.ts';
import { listPages, type ListPorts } from '../slack/list-pages.ts';
import { channelsOf, peopleOf, type ChannelRow, type SlackUserRow } from '../slack/slack-people.ts';
import { Staging, type StagedTable } from './staging.ts';
import { openPosition, storePosition, type SyncPosition } from './sync-position.ts';
import type { SyncSession } from './sync-session.ts';
import type { SyncProgress } from './sync-table.ts';
import { SyncFailure } from './sync-failure.ts';

const membersPerStep = 1_000;

const users: StagedTable = {
  table: 'slack_user',
  key: 'slack_user_id',
  columns: { name: 'text', email: 'text', email_key: 'text', time_zone: 'text', active: 'boolean', guest: 'text' },
};
const channels: StagedTable = {
  table: 'channel',
  key: 'channel_id',
  columns: { name: 'text', private: 'boolean', archived: 'boolean', member: 'boolean' },
};

interface SyncedInstallation {
  teamId: string | null;
  isEnterpriseInstall: boolean;
  /** Of an organisation-wide installation: those that it covers. */
  teamIds: string[];
  scopes: string[];
}

export interface SyncPorts extends ListPorts {
  pool: Pool;
  progress: SyncProgress;
  /**
   * Stores the progress and renews the lease; throws SyncLostError where another process owns the sync.
   * @param client whose transaction the progress is part of
   */
  keep: (reached?: SyncProgress, client?: PoolClient) => Promise<void>;
}

export async function syncInstallation(
  session: SyncSession,
  installation: SyncedInstallation,
  ports: SyncPorts,
): Promise<void> {
  const { sync } = session;
  // A workspace that is covered no more would refuse each attempt at its list.
  const covered = installation.isEnterpriseInstall ? installation.teamIds : [installation.teamId];
  const fits = ({ teams }: SyncPosition): boolean => teams.every((team) => covered.includes(team));
  let position = await openPosition(ports.pool, sync.id, fits);
  if (position === undefined) {
    Object.assign(ports.progress, { pages: 0, usersSeen: 0, channelsSeen: 0, linksChanged: 0 });
    position = { teams: await workspacesOf(installation, ports), users: { from: heldFrom(), listed: 0 } };
  }

  const usersFrom = position.users.from;
  if (position.channels === undefined) {
    const staging = new Staging<SlackUserRow>(sync, users);
    await list(session, ports, position, 'users', {
      ...{ staging, method: 'users.list', args: {}, counter: 'usersSeen' },
      rowsOf: (body, teamId) => peopleOf(listIn(body, 'members'), teamId),
    });
    await merge(session, staging, usersFrom);
    await session.asOwner(async (client) => {
      await client.query(markListed({ installationId: sync.installationId }));
      await client.query(storeFrom({ id: sync.id, usersFrom, channelsFrom: null }));
    });
    await linkEverybody(session, ports);
    const listed = { ...position, channels: { from: heldFrom(), listed: 0 } };
    await session.inTransaction((client) => storePosition(client, sync.id, listed));
    position = listed;
  }

  const types = channelTypesOf(installation.scopes);
  const channelsFrom = position.channels!.from;
  const staging = new Staging<ChannelRow>(sync, channels);
  if (types.length > 0)
    await list(session, ports, position, 'channels', {
      ...{ staging, method: 'conversations.list', counter: 'channelsSeen' },
      args: { types: types.join(','), exclude_archived: true },
      rowsOf: (body, teamId) => channelsOf(listIn(body, 'channels'), teamId).filter(({ archived }) => !archived),
    });
  await merge(session, staging, channelsFrom);
  await session.asOwner((client) => client.query(storeFrom({ id: sync.id, usersFrom, channelsFrom })));
}

/** An answer without its list is no empty list, which would delete everybody. */
function listIn(body: SlackBody, name: string): unknown[] {
  const found = body[name];
  if (!Array.isArray(found)) throw new SyncFailure('no_list', 'later', `Slack's answer has no ${name}`);
  return found;
}

interface Listing<Row extends object> {
  staging: Staging<Row>;
  method: string;
  args: Record<string, unknown>;
  counter: 'usersSeen' | 'channelsSeen';
  rowsOf: (body: SlackBody, teamId: string) => Row[];
}

/** Stages what Slack lists, from the position on; each page with the position after it. */
async function list<Row extends object>(
  session: SyncSession,
  ports: SyncPorts,
  position: SyncPosition,
  what: 'users' | 'channels',
  { staging, method, args, counter, rowsOf }: Listing<Row>,
): Promise<void> {
  const { progress, keep } = ports;
  let { listed, cursor } = position[what]!;
  const { from } = position[what]!;
  for (; listed < position.teams.length; cursor = undefined) {
    const teamId = position.teams[listed]!;
    let knownAt = heldFrom();
    for await (const page of listPages(ports, method, { ...args, team_id: teamId }, cursor)) {
      if (page.next === undefined) listed += 1;
      const next = { ...position, [what]: { from, listed, cursor: page.next } };
      const reached = { ...progress, pages: progress.pages + 1 };
      await session.inTransaction(async (client) => {
        if (page.restarted) reached[counter] -= await staging.restart(client, teamId);
        reached[counter] += await staging.add(client, rowsOf(page.body, teamId), knownAt);
        await storePosition(client, session.sync.id, next);
        await keep(reached, client);
      });
      Object.assign(progress, reached);
      knownAt = heldFrom();
    }
  }
}

/** Slack's clock and ours differ, and what it lists may be a little old: an event of these last seconds is newer. */
const slackMayLagMs = 10_000;
const heldFrom = (): number => Date.now() - slackMayLagMs;

/** Public channels, and private ones that the app is a member of; never direct messages. */
export function channelTypesOf(scopes: readonly string[]): string[] {
  return [
    ...(hasCapability(scopes, 'list_public_channels') ? ['public_channel'] : []),
    ...(hasCapability(scopes, 'list_private_channels') ? ['private_channel'] : []),
  ];
}

async function workspacesOf({ teamId, isEnterpriseInstall }: SyncedInstallation, ports: SyncPorts): Promise<string[]> {
  if (!isEnterpriseInstall) {
    if (teamId === null) throw new SyncFailure('no_workspace', 'never', 'the installation names no workspace');
    return [teamId];
  }
  const teams: string[] = [];
  for await (const { body } of listPages(ports, 'auth.teams.list', {})) {
    for (const { id } of listIn(body, 'teams') as { id?: unknown }[]) if (typeof id === 'string') teams.push(id);
  }
  return [...new Set(teams)].sort();
}

async function merge<Row extends object>(session: SyncSession, staging: Staging<Row>, from: number): Promise<void> {
  for (let after: string | undefined = ''; after !== undefined; ) {
    const last: string = after;
    after = await session.asOwner((client) => staging.mergeSome(client, last));
  }
  for (let after: string | undefined = ''; after !== undefined; ) {
    const last: string = after;
    after = await session.asOwner((client) => staging.removeSome(client, last, from));
  }
}

/** Links all members of the tenant, not only those with a changed user, so that a sync also repairs earlier errors. */
async function linkEverybody(session: SyncSession, { progress, keep }: SyncPorts): Promise<void> {
  let after = '';
  for (;;) {
    const last = await session.asOwner(async (client) => {
      const members = await membersAfter(client, session.sync.tenantId, after);
      progress.linksChanged += (await relink(client, members)).links;
      return members.length < membersPerStep ? undefined : members.at(-1)?.memberId;
    });
    await keep();
    if (last === undefined) return;
    after = last;
  }
}

async function membersAfter(client: PoolClient, tenantId: string, after: string): Promise<MemberRef[]> {
  const members = await client.query<MemberRef>(selectMembersAfter({ tenantId, after }));
  return members.rows;
}

const storeFrom = defineStatement({
  parameters: { id: 'uuid', usersFrom: 'bigint', channelsFrom: 'bigint?' },
  text: (p) => `
UPDATE sync SET users_from = ${p.usersFrom}, channels_from = ${p.channelsFrom} WHERE id = ${p.id}`,
});

const markListed = defineStatement({
  parameters: { installationId: 'text' },
  text: (p) => `
UPDATE installation SET listed_at = now()
 WHERE installation_id = ${p.installationId} AND listed_at IS NULL AND NOT deleted AND NOT to_be_erased`,
});

const selectMembersAfter = defineStatement({
  parameters: { tenantId: 'text', after: 'text' },
  text: (p) => `
SELECT tenant_id AS "tenantId", member_id AS "memberId" FROM member
 WHERE tenant_id = ${p.tenantId} AND member_id > ${p.after} AND NOT deleted ORDER BY member_id LIMIT ${membersPerStep}`,
});
