/**
 * Makes workspaces, adds to them and changes them. Slack's events tell the app of what changes in a workspace that has
 * it: name, domain, a migration into an org, people and channels. What is generated sends none.
 */
import type { Simulation } from '../simulation.ts';
import type { FieldError } from '../http.ts';
import { nextId } from '../world/ids.ts';
import type { User } from '../world/user.ts';
import type { Workspace } from '../world/workspace.ts';
import type { Channel } from '../world/channel.ts';
import { beforeOf, channelEvents, userEvents } from './directory-events.ts';
import { generate } from './generate.ts';
import { orgOf } from './orgs.ts';
import type { WorkspaceBody } from './schemas.ts';

/** The changed workspace, or the problems of the body that its schema does not find. */
export function putWorkspace(
  sim: Simulation,
  body: WorkspaceBody,
): { workspace: Workspace; created: boolean } | { errors: FieldError[] } {
  const existing = body.id === undefined ? undefined : sim.world.workspaces.get(body.id);
  if (existing === undefined && body.name === undefined)
    return { errors: [{ path: 'name', message: 'is needed for a new workspace' }] };
  const errors = unknownMembers(body, existing);
  if (errors.length > 0) return { errors };
  const name = body.name ?? existing?.name ?? '';
  const domain =
    body.domain ??
    existing?.domain ??
    (name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') ||
      'workspace');
  const workspace = existing ?? sim.world.addWorkspace(body.id ?? nextId('T'), name, domain);
  if (existing === undefined) workspace.rotation = sim.manifest.rotation ?? sim.app.tokenRotation;
  const before = { name: workspace.name, domain: workspace.domain, org: workspace.org };
  workspace.name = name;
  workspace.domain = domain;
  if (body.enterpriseId === null) workspace.moveTo(undefined);
  else if (body.enterpriseId !== undefined)
    workspace.moveTo(orgOf(sim, body.enterpriseId, body.enterpriseName, `${name} Enterprise`));
  const events = existing === undefined ? [] : eventsOf(workspace, before);
  if (body.rotation !== undefined) workspace.rotation = body.rotation;
  if (body.tokenLifetimeSeconds !== undefined) workspace.tokenLifetimeSeconds = body.tokenLifetimeSeconds;
  for (const user of body.users ?? []) events.push(...putUser(workspace, user));
  for (const channel of body.channels ?? []) events.push(...putChannel(workspace, channel));
  if (existing !== undefined) sim.outbound.announce(workspace, ...events);
  if (body.generate !== undefined) generate(workspace, body.generate);
  return { workspace, created: existing === undefined };
}

function eventsOf(
  { name, domain, org }: Workspace,
  before: Pick<Workspace, 'name' | 'domain' | 'org'>,
): Record<string, unknown>[] {
  const events: Record<string, unknown>[] = [];
  if (name !== before.name) events.push({ type: 'team_rename', name });
  if (domain !== before.domain) events.push({ type: 'team_domain_change', url: `https://${domain}.slack.com`, domain });
  if (org !== undefined && org !== before.org)
    for (const type of ['grid_migration_started', 'grid_migration_finished'])
      events.push({ type, enterprise_id: org.id });
  return events;
}

export function describeWorkspace(workspace: Workspace, people: boolean): object {
  return {
    id: workspace.id,
    name: workspace.name,
    domain: workspace.domain,
    enterpriseId: workspace.enterprise?.id ?? null,
    rotation: workspace.rotation,
    installed: (workspace.home.installation?.botScopes.size ?? 0) > 0,
    coveredByOrg: workspace.home.kind === 'org',
    scopes: [...(workspace.home.installation?.botScopes ?? [])],
    botUserId: workspace.botUserId,
    botId: workspace.botId,
    counts: { users: workspace.users.length, channels: workspace.channels.length },
    ...(people
      ? {
          users: workspace.users.map((u) => ({
            id: u.id,
            name: u.name,
            email: u.email ?? null,
            admin: u.admin,
            bot: u.bot,
            guest: u.guest,
            deleted: u.deleted,
          })),
          channels: workspace.channels.map((c) => ({
            id: c.id,
            name: c.name,
            kind: c.kind,
            archived: c.archived,
            user: c.person,
            members: c.members.size,
            isMember: c.members.has(workspace.botUserId),
          })),
        }
      : {}),
  };
}

type Event = Record<string, unknown>;

/** A user given by id is changed in the named fields; by e-mail too, when no id is given. Returns what Slack tells. */
function putUser(workspace: Workspace, body: NonNullable<WorkspaceBody['users']>[number]): Event[] {
  const before =
    (body.id === undefined ? undefined : workspace.user(body.id)) ??
    (body.id === undefined && body.email ? workspace.userByEmail(body.email) : undefined);
  const bot = body.bot ?? before?.bot ?? false;
  const botId = before?.botId ?? (bot ? nextId('B') : undefined);
  const user: User = {
    id: before?.id ?? body.id ?? nextId('U'),
    name: body.name,
    email: body.email === undefined ? before?.email : (body.email ?? undefined),
    admin: body.admin ?? before?.admin ?? false,
    bot,
    guest: body.guest ?? before?.guest ?? false,
    stranger: body.stranger ?? before?.stranger ?? false,
    deleted: body.deleted ?? before?.deleted ?? false,
    tz: body.tz === undefined ? (before?.tz ?? 'America/Los_Angeles') : body.tz,
    locale: body.locale ?? before?.locale ?? 'en-US',
    updated: Math.floor(Date.now() / 1000),
    ...(botId === undefined ? {} : { botId }),
  };
  workspace.putUser(user);
  return userEvents(workspace, before, user);
}

function putChannel(workspace: Workspace, body: NonNullable<WorkspaceBody['channels']>[number]): Event[] {
  const before = body.id === undefined ? workspace.channelByName(body.name) : workspace.channel(body.id);
  const kind = body.private ? 'private_channel' : 'public_channel';
  const was = before && beforeOf(before);
  const channel = before ?? workspace.addChannel(body.id ?? nextId('C'), kind, body.name);
  if (channel.name !== body.name) workspace.renameChannel(channel, body.name);
  if (body.private !== undefined) channel.kind = kind;
  if (body.archived !== undefined) channel.archived = body.archived;
  if (body.members !== undefined) {
    channel.members.clear();
    for (const member of body.members) channel.members.add(member === 'bot' ? workspace.botUserId : member);
  }
  channel.updated = Date.now();
  return channelEvents(workspace, was, channel);
}

/** Invites and removes people, with their events. Where a list is wrong it changes nothing and returns the problems. */
export function changeMembers(
  sim: Simulation,
  workspace: Workspace,
  channel: Channel,
  add: readonly string[],
  remove: readonly string[],
): FieldError[] {
  if (channel.kind === 'im') return [{ path: 'channel', message: 'is a direct message, whose people stay' }];
  const unknown = Object.entries({ add, remove }).flatMap(([list, members]) =>
    members.flatMap((id, i) =>
      id === 'bot' || workspace.user(id) !== undefined
        ? []
        : [{ path: `${list}.${i}`, message: `no user ${id} in this workspace` }],
    ),
  );
  if (unknown.length > 0) return unknown;
  const ids = (members: readonly string[]) => members.map((id) => (id === 'bot' ? workspace.botUserId : id));
  const before = beforeOf(channel);
  workspace.changeMembers(channel, ids(add), ids(remove));
  sim.outbound.announce(workspace, ...channelEvents(workspace, before, channel));
  return [];
}

function unknownMembers(body: WorkspaceBody, existing: Workspace | undefined): FieldError[] {
  const given = new Set(body.users?.flatMap((u) => u.id ?? []));
  return (body.channels ?? []).flatMap((channel, i) =>
    (channel.members ?? []).flatMap((member, j) =>
      member === 'bot' || given.has(member) || existing?.user(member) !== undefined
        ? []
        : [{ path: `channels.${i}.members.${j}`, message: `no user ${member} in this workspace` }],
    ),
  );
}
