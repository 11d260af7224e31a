// Records on our own topics as a principal without ACLs could write them: each is well formed and says something that
// is not so. `readers` is the number of consumer groups that must refuse it, each with a dead letter of its own.
import { notificationIdOf } from '@carillon/domain/ids';
import type { ForeignRecord } from './clients.ts';
import { record, source, type Target } from './valid-records.ts';

export interface World {
  acme: Target & { team: string };
  globex: Target & { team: string };
  /** The id of a notification that was delivered. */
  delivered: string;
}

export interface Forged {
  reason: RegExp;
  detail: RegExp;
  readers: number;
  record: ForeignRecord;
  /** Notification that must have a failed outcome with the same reason. */
  failed?: string;
}

const resolvedTopic = 'carillon.notification.resolved.v1';
const version = 9e15;
const wrongKey = /^wrong_key$/;
const wrongVersion = /^version_out_of_bounds$/;

interface ForgedResolution {
  tenantId?: string;
  id: string;
  to: Target & { team: string };
  team?: string;
  requestHash?: string;
  notificationId?: string;
}

function resolved({
  tenantId = 'acme',
  id,
  to,
  team = to.team,
  requestHash = 'forged',
  notificationId = notificationIdOf(tenantId, source, id),
}: ForgedResolution): ForeignRecord {
  const recipient = `channel:${team}:${to.channel}`;
  return record(resolvedTopic, `${id}-resolved`, {
    tenantId,
    notification: {
      notificationId,
      requestHash,
      source,
      id,
      type: 'report.ready',
      category: 'reports',
      content: { title: `forged ${id}` },
      priority: 'normal',
    },
    policies: { ambiguity: 'resend', mutable: true, retentionDays: 30 },
    decisions: [
      {
        recipient,
        verdict: 'send',
        destinations: [
          { kind: 'slack', surface: 'channel', installationId: to.installation, teamId: team, channel: to.channel },
        ],
        mode: { kind: 'now' },
        reasons: [{ code: 'addressed' }],
      },
    ],
  });
}

function installation(
  { key, ...changes }: Record<string, unknown> & { key?: string },
  { installation: installationId, team }: World['acme'],
): ForeignRecord {
  const state = {
    ...{
      installationId,
      tenantId: 'acme',
      name: 'forged',
      profile: 'full',
      state: 'disconnected',
      teamId: team,
      isEnterpriseInstall: false,
      appId: 'A0',
      botUserId: 'U0',
    },
    ...{ scopes: ['chat:write'], installedAt: '2026-11-26T12:00:00Z', version: 1_000, ...changes },
  };
  return record(
    'carillon.installation.changed.v1',
    `forged-installation-${JSON.stringify(changes)}`.slice(0, 200),
    state,
    { key: key ?? state.installationId },
  );
}

const person = (changes: Record<string, unknown>) => ({
  tenantId: 'acme',
  memberId: 'ada',
  email: 'mallory@evil.test',
  name: 'Mallory',
  active: false,
  version: 1_000,
  ...changes,
});

const recipient = (key: string, changes: Record<string, unknown>): ForeignRecord =>
  record('carillon.recipient.changed.v1', `forged-recipient-${key}`, { ...person(changes), links: [] }, { key });

const member = (key: string, changes: Record<string, unknown>, ceSource = source): ForeignRecord =>
  record('carillon.member.changed.v1', `forged-member-${key}`, person(changes), { key, ceSource });

export function forgedRecords({ acme, globex, delivered }: World): Record<string, Forged> {
  return {
    "a resolution into another tenant's workspace": {
      reason: /^foreign_address$/,
      detail: /is not tenant acme's/,
      readers: 1,
      record: resolved({ id: 'forged-1', to: globex }),
      failed: 'forged-1',
    },
    "a resolution into another tenant's workspace through an own installation": {
      ...{ reason: /^foreign_address$/, detail: /is not tenant acme's/, readers: 1, failed: 'forged-2' },
      record: resolved({ id: 'forged-2', to: { ...acme, channel: globex.channel }, team: globex.team }),
    },
    'a resolution under the id of another notification': {
      ...{ reason: /^wrong_notification_id$/, detail: /is not the one of tenant acme/, readers: 1 },
      record: resolved({ id: 'forged-3', to: acme, notificationId: notificationIdOf('globex', source, 'forged-3') }),
    },
    'a resolution of a tenant that is not declared': {
      reason: /^unknown_tenant$/,
      detail: /umbrella/,
      readers: 1,
      record: resolved({ id: 'forged-4', to: acme, tenantId: 'umbrella' }),
    },
    'a resolution of a known notification with other content': {
      reason: /^id_reused$/,
      detail: /other content/,
      readers: 1,
      record: resolved({ id: delivered, to: acme, requestHash: 'another' }),
    },

    "an installation under another one's key": {
      reason: wrongKey,
      detail: /key/,
      readers: 3,
      record: installation({ key: globex.installation }, acme),
    },
    'an installation of a tenant that is not declared': {
      reason: /^unknown_tenant$/,
      detail: /umbrella/,
      readers: 3,
      record: installation({ tenantId: 'umbrella', installationId: 'forged' }, acme),
    },
    "another tenant's installation": {
      reason: /^foreign_installation$/,
      detail: /another tenant/,
      readers: 3,
      record: installation({ tenantId: 'acme' }, globex),
    },
    'an installation with a version far in the future': {
      reason: wrongVersion,
      detail: /9000000000000000/,
      readers: 3,
      record: installation({ tenantId: 'globex', version }, globex),
    },

    "a recipient under another one's key": {
      reason: wrongKey,
      detail: /key/,
      readers: 1,
      record: recipient('acme:grace', {}),
    },
    'a recipient of a tenant that is not declared': {
      reason: /^unknown_tenant$/,
      detail: /umbrella/,
      readers: 1,
      record: recipient('umbrella:ada', { tenantId: 'umbrella' }),
    },
    'a recipient with a version far in the future': {
      reason: wrongVersion,
      detail: /9000000000000000/,
      readers: 1,
      record: recipient('acme:ada', { version }),
    },

    "a member under another one's key": {
      reason: wrongKey,
      detail: /key/,
      readers: 1,
      record: member('acme:grace', {}),
    },
    'a member of a tenant that is not declared': {
      reason: /^unknown_tenant$/,
      detail: /umbrella/,
      readers: 1,
      record: member('umbrella:ada', { tenantId: 'umbrella' }),
    },
    'a member with a version far in the future': {
      reason: wrongVersion,
      detail: /9000000000000000/,
      readers: 1,
      record: member('acme:ada', { version }),
    },
    "a member by another tenant's source": {
      reason: /^source_not_allowed$/,
      detail: /\/globex\/app/,
      readers: 1,
      record: member('acme:ada', {}, '/globex/app'),
    },

    "a retraction by another tenant's source": {
      ...{ reason: /^source_not_allowed$/, detail: /\/globex\/app/, readers: 1 },
      record: record(
        'carillon.notification.retracted.v1',
        'forged-retraction-1',
        { tenantId: 'acme', source, id: delivered },
        { ceSource: '/globex/app' },
      ),
    },
    'a retraction that names another tenant': {
      ...{ reason: /^source_not_allowed$/, detail: /\/acme\/foreign/, readers: 1 },
      record: record('carillon.notification.retracted.v1', 'forged-retraction-2', {
        tenantId: 'globex',
        source,
        id: delivered,
      }),
    },

    'no JSON where resolutions are': {
      reason: /^not_json$/,
      detail: /too early/,
      readers: 1,
      record: { ...record(resolvedTopic, 'forged-5', {}), value: Buffer.from('{') },
    },
    'a request where resolutions are': {
      reason: /^invalid_payload$/,
      detail: /notification/,
      readers: 1,
      record: record(resolvedTopic, 'forged-6', { tenantId: 'acme', type: 'report.ready', title: 'x' }),
    },
    'no JSON where events of Slack are': {
      reason: /^not_json$/,
      detail: /too early/,
      readers: 1,
      record: { ...record('carillon.slack.event.v1', 'forged-7', {}), value: Buffer.from('{') },
    },
  };
}
