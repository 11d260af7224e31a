/**
 * `/_sim/*`: the routes with which tests, benchmarks and people control the simulated Slack. Bad input is answered with
 * 400 and a problem that names the field.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import { postSigned } from '../events/post-signed.ts';
import { type FieldError, readBody, respondJson, respondProblem } from '../http.ts';
import type { Simulation } from '../simulation.ts';
import type { Channel } from '../world/channel.ts';
import type { Workspace } from '../world/workspace.ts';
import { commandForm, interactionPayload } from './interactions.ts';
import { findMessages } from './messages.ts';
import {
  commandBody,
  conversationBody,
  eventBody,
  faultsBody,
  interactionBody,
  limitsBody,
  membersBody,
  teamBody,
  workspaceBody,
} from './schemas.ts';
import { changeMembers, describeWorkspace, putWorkspace } from './workspaces.ts';

/** Why a control request is refused. */
class Refused extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly errors?: readonly FieldError[],
  ) {
    super(detail);
  }
}

interface Request {
  sim: Simulation;
  body: unknown;
  query: URLSearchParams;
}
type Route = (request: Request) => unknown;

const routes: Record<string, Route> = {
  'POST /_sim/reset': ({ sim }) => {
    sim.world.reset();
    sim.limits.reset();
    sim.faults.clear();
    sim.requests.reset();
    sim.outbound.forget();
    return { ok: true };
  },
  'GET /_sim/workspaces': ({ sim, query }) => ({
    items: [...sim.world.workspaces.values()]
      .filter((w) => !query.has('id') || query.get('id') === w.id)
      .map((w) => describeWorkspace(w, query.has('id'))),
  }),
  'POST /_sim/workspaces': ({ sim, body }) => {
    const put = putWorkspace(sim, read(workspaceBody, body));
    if ('errors' in put) throw new Refused(400, 'The workspace can’t be made like this.', put.errors);
    return describeWorkspace(put.workspace, true);
  },
  'POST /_sim/conversations/remove': ({ sim, body }) => {
    const { workspace, channel } = conversationOf(sim, read(conversationBody, body));
    workspace.removeChannel(channel);
    return { removed: channel.id };
  },
  'POST /_sim/members': ({ sim, body }) => {
    const { add, remove, ...where } = read(membersBody, body);
    const { workspace, channel } = conversationOf(sim, where);
    const errors = changeMembers(workspace, channel, add, remove);
    if (errors.length > 0) throw new Refused(400, 'These members can’t be changed.', errors);
    return { channel: channel.id, members: [...channel.members] };
  },
  'GET /_sim/messages': ({ sim, query }) => {
    const filter = {
      team: one(query, 'team'),
      channel: one(query, 'channel'),
      user: one(query, 'user'),
      since: number(query, 'since'),
      limit: number(query, 'limit'),
    };
    const items = findMessages(sim, filter);
    return { items, messages: items };
  },
  'GET /_sim/requests': ({ sim, query }) =>
    sim.requests.summary({
      method: one(query, 'method'),
      team: one(query, 'team'),
      items: query.get('items') !== 'false',
    }),
  'GET /_sim/faults': ({ sim }) => ({ items: sim.faults.list() }),
  'POST /_sim/faults': ({ sim, body }) => {
    sim.faults.add(read(faultsBody, body));
    return { items: sim.faults.list() };
  },
  'DELETE /_sim/faults': ({ sim }) => {
    sim.faults.clear();
    return { items: [] };
  },
  'GET /_sim/limits': ({ sim }) => sim.limits.settings,
  'POST /_sim/limits': ({ sim, body }) => {
    sim.limits.change(read(limitsBody, body));
    return sim.limits.settings;
  },
  'DELETE /_sim/limits': ({ sim }) => {
    sim.limits.reset();
    return sim.limits.settings;
  },
  'POST /_sim/tokens/revoke': ({ sim, body }) => {
    const workspace = workspaceOf(sim, read(teamBody, body).team);
    const tokens = sim.world.revokeTokens(workspace);
    sim.outbound.tokensRevoked(workspace, tokens);
    return { revoked: tokens.length };
  },
  'POST /_sim/uninstall': ({ sim, body }) => {
    const workspace = workspaceOf(sim, read(teamBody, body).team);
    const { installation } = workspace;
    if (installation === undefined) return { uninstalled: false };
    const tokens = [...installation.alive('bot'), ...installation.alive('user')];
    sim.world.uninstall(workspace);
    sim.outbound.tokensRevoked(workspace, tokens);
    sim.outbound.appUninstalled(workspace);
    return { uninstalled: true };
  },
  'GET /_sim/events': ({ sim }) => ({ items: sim.outbound.deliveries }),
  'POST /_sim/events': async ({ sim, body }) => {
    const { team, event, ...options } = read(eventBody, body);
    needUrl(options.url ?? sim.app.eventsUrl, 'EVENTS_URL');
    return sim.outbound.sendEvent(workspaceOf(sim, team), event, options);
  },
  'POST /_sim/interactions': async ({ sim, body }) => {
    const interaction = read(interactionBody, body);
    const url = needUrl(interaction.url ?? sim.app.interactionsUrl, 'INTERACTIONS_URL');
    const payload = interactionPayload(sim, personOf(sim, interaction), interaction);
    const form = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    return { payload, answer: await postSigned(sim.app.signingSecret, url, 'application/x-www-form-urlencoded', form) };
  },
  'POST /_sim/commands': async ({ sim, body }) => {
    const command = read(commandBody, body);
    const url = needUrl(command.url ?? sim.app.commandsUrl, 'COMMANDS_URL');
    const form = commandForm(sim, personOf(sim, command), command);
    return {
      form: Object.fromEntries(form),
      answer: await postSigned(sim.app.signingSecret, url, 'application/x-www-form-urlencoded', form.toString()),
    };
  },
};

export async function control(
  sim: Simulation,
  path: string,
  query: string,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const route = routes[`${req.method ?? 'GET'} ${path}`];
  if (route === undefined) {
    const known = Object.keys(routes).some((r) => r.endsWith(` ${path}`));
    return respondProblem(
      res,
      known ? 405 : 404,
      known ? 'Method Not Allowed' : 'Not Found',
      `There is no ${req.method} ${path}.`,
    );
  }
  try {
    const text = (await readBody(req)).toString('utf8');
    respondJson(res, 200, await route({ sim, body: parse(text), query: new URLSearchParams(query) }));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    respondProblem(res, error.status, error.status === 404 ? 'Not Found' : 'Bad Request', error.detail, error.errors);
  }
}

function parse(text: string): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused(400, 'The body is not JSON.');
  }
}

function read<T extends z.ZodType>(schema: T, body: unknown): z.infer<T> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap(fieldErrors);
  throw new Refused(400, `Bad input: ${errors.map((e) => `${e.path} ${e.message}`).join('; ')}`, errors);
}

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), message: 'is not known' }));
  // Of several accepted shapes, report the problems of the one that matches furthest.
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const closest = [...issue.errors].sort((a, b) => depth(b) - depth(a))[0] ?? [];
    return closest.flatMap((inner) => fieldErrors({ ...inner, path: [...issue.path, ...inner.path] }));
  }
  return [{ path: issue.path.join('.'), message: issue.message }];
}

function depth(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(0, ...issues.map((i) => i.path.length + (i.code === 'unrecognized_keys' ? 1 : 0)));
}

function workspaceOf(sim: Simulation, id: string): Workspace {
  const workspace = sim.world.workspaces.get(id);
  if (workspace === undefined) throw new Refused(404, `There is no workspace ${id}.`);
  return workspace;
}

function conversationOf(
  sim: Simulation,
  where: { team: string; channel: string },
): { workspace: Workspace; channel: Channel } {
  const workspace = workspaceOf(sim, where.team);
  const channel = workspace.channel(where.channel);
  if (channel === undefined) throw new Refused(404, `There is no conversation ${where.channel} in ${where.team}.`);
  return { workspace, channel };
}

function personOf(sim: Simulation, { team, user }: { team: string; user: string }): Workspace {
  const workspace = workspaceOf(sim, team);
  if (workspace.user(user) === undefined)
    throw new Refused(400, `There is no user ${user} in ${team}.`, [
      { path: 'user', message: 'is not in this workspace' },
    ]);
  return workspace;
}

function needUrl(url: string | undefined, setting: string): string {
  if (url === undefined)
    throw new Refused(400, `Give a url, or start the simulator with ${setting}.`, [
      { path: 'url', message: `is needed, for ${setting} is not set` },
    ]);
  return url;
}

function one(query: URLSearchParams, name: string): string | undefined {
  return query.get(name) || undefined;
}

function number(query: URLSearchParams, name: string): number | undefined {
  const value = one(query, name);
  if (value === undefined) return undefined;
  if (!/^\d+$/.test(value))
    throw new Refused(400, `${name} is not a whole number.`, [{ path: name, message: 'must be a whole number' }]);
  return Number(value);
}
