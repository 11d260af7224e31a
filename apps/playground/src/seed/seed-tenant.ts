// Creates the tenant of a new playground as a real one is created: members are published on Kafka, and Slack is
// connected through OAuth. It may be repeated: an existing installation is reconnected, because the simulator forgets
// its tokens when it stops.
import { memberChanged, recipientChanged, type RecipientState } from '@carillon/domain';
import type { Admin, Kafka } from 'kafkajs';
import { stateLag } from '../kafka/state-caught-up.ts';
import type { IdentityRequest } from '../issuer/issuer.ts';
import { connectWorkspace } from '../slack/connect-workspace.ts';
import type { SeededTenant } from '../state-file.ts';
import { until } from '../until.ts';
import { acme, acmeWorkspace } from './acme.ts';
import { newestOf } from './newest-of.ts';
import { publishEvent } from './publish-event.ts';

export interface SeedOptions {
  kafka: Kafka;
  admin: Admin;
  slackUrl: string;
  installationUrl: string;
  returnTo: string;
  mint(request: IdentityRequest): Promise<string>;
  signal: AbortSignal;
}

export async function seedTenant(s: SeedOptions): Promise<SeededTenant> {
  await declareWorkspace(s.slackUrl);
  await publishMembers(s.kafka);
  const accessToken = await s.mint({
    tenant_id: acme.tenantId,
    sub: 'ada',
    roles: ['security_admin'],
    email: 'ada@acme.test',
  });
  const known = await knownInstallation(s.installationUrl, accessToken);
  const { installationId, teamId } = await connectWorkspace({
    installationUrl: s.installationUrl,
    accessToken,
    name: acme.installationName,
    profile: acme.profile,
    teamId: acme.workspace.id,
    returnTo: s.returnTo,
    ...(known ? { installationId: known } : {}),
  });
  const links = await waitForLinks(s, installationId);
  await until('preferences and delivery to know the links', async () => !(await hasLag(s.admin)), {
    timeoutMs: 30_000,
    signal: s.signal,
  });
  const members = acme.members.map(({ id, email }) => ({
    id,
    email,
    ...(links.has(id) ? { slackUserId: links.get(id) ?? '' } : {}),
  }));
  return { id: acme.tenantId, installationId, teamId, members };
}

async function declareWorkspace(slackUrl: string): Promise<void> {
  const response = await fetch(`${slackUrl}/_sim/workspaces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(acmeWorkspace()),
  });
  if (!response.ok)
    throw new Error(`The simulator refused the workspace: ${response.status} ${(await response.text()).slice(0, 300)}`);
}

async function publishMembers(kafka: Kafka): Promise<void> {
  const events = acme.members.map(({ id, email, name, timeZone }) => {
    const data = { tenantId: acme.tenantId, memberId: id, email, name, timeZone, active: true, version: 1 };
    return { id: `member-${id}-1`, source: '/acme/people', key: `${acme.tenantId}:${id}`, data };
  });
  await publishEvent(kafka, memberChanged.name, events);
}

async function knownInstallation(installationUrl: string, accessToken: string): Promise<string | undefined> {
  const response = await fetch(`${installationUrl}/v1/installations`, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  if (!response.ok)
    throw new Error(
      `GET /v1/installations of installation answered ${response.status}: ${(await response.text()).slice(0, 300)}`,
    );
  const { items } = (await response.json()) as { items: { installationId?: string; id?: string; teamId?: string }[] };
  const known = items.find(({ teamId }) => teamId === acme.workspace.id);
  return known?.installationId ?? known?.id;
}

/** Slack user id by member id, when everybody who is in Slack is linked through this installation. */
async function waitForLinks(s: SeedOptions, installationId: string): Promise<Map<string, string>> {
  const links = new Map<string, string>();
  const expected = acme.members.filter(({ slackUserId }) => slackUserId !== undefined).map(({ id }) => id as string);
  await newestOf<RecipientState>(
    s.kafka,
    recipientChanged.name,
    `directory-sync to link ${expected.join(', ')}`,
    s.signal,
    (recipient) => {
      if (recipient.tenantId !== acme.tenantId) return false;
      const link = recipient.links.find((candidate) => candidate.installationId === installationId);
      if (link?.slackUserId) links.set(recipient.memberId, link.slackUserId);
      return expected.every((id) => links.has(id));
    },
  );
  return links;
}

async function hasLag(admin: Admin): Promise<boolean> {
  const lag = await stateLag(admin);
  if (lag !== undefined) throw new Error(lag);
  return false;
}
