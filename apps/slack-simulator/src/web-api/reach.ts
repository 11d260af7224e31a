/**
 * Which workspace a call is about. A workspace's token means its own, whatever `team_id` says. An org's token reaches
 * the covered workspaces: the one that `team_id` names, where Slack requires it, else the one that holds the
 * conversation, the person or the view that the call names. Ids are those of the whole world. Where several workspaces
 * hold a person, the one that was covered first counts.
 */
import type { GridOrg } from '../world/home.ts';
import type { Workspace } from '../world/workspace.ts';
import { list, text } from './arguments.ts';
import { type Answer, type OpenCall, type Reach, refuse } from './call.ts';

/** Slack requires `team_id` of an org's token. */
export const byTeamId: Reach = (org, { args }) => {
  const id = text(args, 'team_id');
  if (id === undefined)
    return refuse('missing_argument', { response_metadata: { messages: ['[ERROR] missing required field: team_id'] } });
  const workspace = org.workspace(id);
  return workspace !== undefined && org.covered.has(workspace) ? workspace : notGranted();
};

/** The conversation of `channel`, `channel_id` or the first of `channels`, by its id or a person's id. */
export const byConversation = holder((workspace, { args }) => {
  const id = text(args, 'channel') ?? text(args, 'channel_id') ?? list(args, 'channels')[0];
  return id !== undefined && (workspace.channel(id) ?? workspace.user(id)) !== undefined;
});

export const byPeople = holder((workspace, { args }) => {
  const channel = text(args, 'channel');
  if (channel !== undefined) return workspace.channel(channel) !== undefined;
  const people = [text(args, 'user') ?? text(args, 'user_id') ?? list(args, 'users')].flat();
  return people.length > 0 && people.every((id) => workspace.user(id) !== undefined);
});

/** One look-up serves all covered workspaces, and those alone. */
export const byEmail: Reach = (org, call) => {
  const email = (text(call.args, 'email') ?? '').trim();
  return first(org.covered, (w) => w.userByEmail(email) !== undefined) ?? anyCovered(org);
};

export const byTrigger = holder((workspace, { sim, args }) => {
  const id = text(args, 'trigger_id') ?? text(args, 'interactivity_pointer') ?? '';
  return sim.world.triggers.get(id)?.team === workspace.id;
});

export const byView = holder((workspace, { args }) => {
  const id = text(args, 'view_id');
  const external = text(args, 'external_id');
  return [...workspace.views.values()].some(
    (v) => v.id === id || (external !== undefined && v.external_id === external),
  );
});

/** What no workspace of the org holds, the method refuses itself, in a workspace that does not hold it. */
function holder(holds: (workspace: Workspace, call: OpenCall) => boolean): Reach {
  return (org, call) => {
    const found = first(org.covered, (w) => holds(w, call));
    if (found !== undefined) return found;
    return first(org.workspaces, (w) => holds(w, call)) === undefined ? anyCovered(org) : notGranted();
  };
}

function anyCovered(org: GridOrg): Workspace | Answer {
  return first(org.covered, () => true) ?? notGranted();
}

function notGranted(): Answer {
  return refuse('team_access_not_granted');
}

function first(workspaces: Iterable<Workspace>, fits: (workspace: Workspace) => boolean): Workspace | undefined {
  for (const workspace of workspaces) if (fits(workspace)) return workspace;
  return undefined;
}
