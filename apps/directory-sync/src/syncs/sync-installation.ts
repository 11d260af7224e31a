// Runs one sync: it lists the users, stores the differences, links the members, and lists the channels. Guarantees: it
// may be interrupted anywhere, and a repetition from the start has the same result; where nothing changed in Slack it
// writes only its progress; memory does not grow with the workspace.
import { hasCapability } from '@carillon/domain';
import { defineStatement } from '@carillon/persistence';
import type { PoolClient } from 'pg';
import { relink, type MemberRef } from '../links/relink.ts';
import { listPages, type ListPorts } from '../slack/list-pages.ts';
import { channelsOf, peopleOf, type ChannelRow, type SlackUserRow } from '../slack/slack-people.ts';
import { Staging, type StagedTable } from './staging.ts';
import type { SyncSession } from './sync-session.ts';
import type { SyncProgress } from './sync-table.ts';
import { SyncFailure } from './sync-failure.ts';

const usersPerPage = 200;
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
  scopes: string[];
}

export interface SyncPorts extends ListPorts {
  progress: SyncProgress;
  /** Stores the progress and renews the lease; throws SyncLostError where another process owns the sync. */
  keep: () => Promise<void>;
}

export async function syncInstallation(
  session: SyncSession,
  installation: SyncedInstallation,
  ports: SyncPorts,
): Promise<void> {
  const { sync } = session;
  const { progress, keep } = ports;
  const teams = await workspacesOf(installation, ports);

  const usersFrom = heldFrom();
  const stagedUsers = new Staging<SlackUserRow>(session.client, sync.installationId, users);
  await stagedUsers.open();
  for (const teamId of teams) {
    let knownAt = heldFrom();
    for await (const page of listPages(ports, 'users.list', { limit: usersPerPage, team_id: teamId })) {
      progress.usersSeen += await stagedUsers.add(peopleOf(page['members'], teamId), knownAt);
      knownAt = heldFrom();
      progress.pages += 1;
      await keep();
    }
  }
  await merge(session, stagedUsers, usersFrom);
  await session.asOwner(async (client) => {
    await client.query(markListed({ installationId: sync.installationId }));
    await client.query(storeFrom({ id: sync.id, usersFrom, channelsFrom: null }));
  });
  await linkEverybody(session, ports);

  const types = channelTypesOf(installation.scopes);
  const channelsFrom = heldFrom();
  const stagedChannels = new Staging<ChannelRow>(session.client, sync.installationId, channels);
  await stagedChannels.open();
  if (types.length > 0) {
    for (const teamId of teams) {
      const args = { types: types.join(','), exclude_archived: true, limit: usersPerPage, team_id: teamId };
      let knownAt = heldFrom();
      for await (const page of listPages(ports, 'conversations.list', args)) {
        const listed = channelsOf(page['channels'], teamId).filter(({ archived }) => !archived);
        progress.channelsSeen += await stagedChannels.add(listed, knownAt);
        knownAt = heldFrom();
        progress.pages += 1;
        await keep();
      }
    }
  }
  await merge(session, stagedChannels, channelsFrom);
  await session.asOwner((client) => client.query(storeFrom({ id: sync.id, usersFrom, channelsFrom })));
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
  for await (const page of listPages(ports, 'auth.teams.list', { limit: usersPerPage })) {
    const listed = Array.isArray(page['teams']) ? (page['teams'] as { id?: unknown }[]) : [];
    for (const { id } of listed) if (typeof id === 'string') teams.push(id);
  }
  return [...new Set(teams)].sort();
}

async function merge<Row extends object>(session: SyncSession, staging: Staging<Row>, from: number): Promise<void> {
  await staging.seal();
  while (await session.asOwner((client) => staging.mergeSome(client, from)));
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
