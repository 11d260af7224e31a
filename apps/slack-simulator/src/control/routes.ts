/** The routes of the control surface, by verb and path; each changes or shows the simulated Slack. */
import { postSigned } from '../events/post-signed.ts';
import { checkManifest } from '../manifest/check-manifest.ts';
import type { Simulation } from '../simulation.ts';
import { conversationOf, homeOf, needUrl, personOf } from './find.ts';
import { commandForm, interactionPayload } from './interactions.ts';
import { findMessages } from './messages.ts';
import { changeAccess, describeOrg, putOrg } from './orgs.ts';
import { number, one, read, Refused } from './refused.ts';
import {
  accessBody,
  commandBody,
  conversationBody,
  eventBody,
  faultsBody,
  homeBody,
  interactionBody,
  limitsBody,
  manifestBody,
  membersBody,
  orgBody,
  workspaceBody,
} from './schemas.ts';
import { removalEvents } from './directory-events.ts';
import { changeMembers, describeWorkspace, putWorkspace } from './workspaces.ts';

interface Request {
  sim: Simulation;
  body: unknown;
  query: URLSearchParams;
}
type Route = (request: Request) => unknown;

export const routes: Record<string, Route> = {
  'POST /_sim/reset': ({ sim }) => {
    sim.world.reset();
    sim.limits.reset();
    sim.faults.clear();
    sim.requests.reset();
    sim.outbound.forget();
    sim.manifest.forget();
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
  'GET /_sim/orgs': ({ sim }) => ({ items: [...sim.world.orgs.values()].map(describeOrg) }),
  'POST /_sim/orgs': ({ sim, body }) => describeOrg(putOrg(sim, read(orgBody, body))),
  'POST /_sim/orgs/access': ({ sim, body }) => {
    const { enterprise, ...access } = read(accessBody, body);
    const org = sim.world.orgs.get(enterprise);
    if (org === undefined) throw new Refused(404, `There is no org ${enterprise}.`);
    const errors = changeAccess(sim, org, access);
    if (errors.length > 0) throw new Refused(400, 'This access can’t be changed.', errors);
    return describeOrg(org);
  },
  'GET /_sim/manifest': ({ sim }) => ({ manifest: sim.manifest.current ?? null }),
  'POST /_sim/manifest': ({ sim, body }) => {
    const checked = checkManifest(read(manifestBody, body).manifest);
    if ('errors' in checked) throw new Refused(400, 'Slack would refuse this manifest.', checked.errors);
    sim.manifest.current = checked.manifest;
    return { ok: true };
  },
  'POST /_sim/conversations/remove': ({ sim, body }) => {
    const { workspace, channel } = conversationOf(sim, read(conversationBody, body));
    const events = removalEvents(workspace, channel);
    workspace.removeChannel(channel);
    sim.outbound.announce(workspace, ...events);
    return { removed: channel.id };
  },
  'POST /_sim/members': ({ sim, body }) => {
    const { add, remove, ...where } = read(membersBody, body);
    const { workspace, channel } = conversationOf(sim, where);
    const errors = changeMembers(sim, workspace, channel, add, remove);
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
    const home = homeOf(sim, read(homeBody, body).team);
    const tokens = sim.world.revokeTokens(home);
    sim.outbound.tokensRevoked(home, tokens);
    return { revoked: tokens.length };
  },
  'POST /_sim/uninstall': ({ sim, body }) => {
    const home = homeOf(sim, read(homeBody, body).team);
    const { installation } = home;
    if (installation === undefined) return { uninstalled: false };
    const tokens = [...installation.alive('bot'), ...installation.alive('user')];
    sim.world.uninstall(home);
    sim.outbound.tokensRevoked(home, tokens);
    sim.outbound.appUninstalled(home);
    return { uninstalled: true };
  },
  'GET /_sim/events': ({ sim }) => ({ items: sim.outbound.deliveries }),
  'POST /_sim/events': async ({ sim, body }) => {
    const { team, event, seenBy, ...options } = read(eventBody, body);
    needUrl(options.url ?? sim.app.eventsUrl, 'EVENTS_URL');
    const others = seenBy.map((id) => homeOf(sim, id));
    return sim.outbound.sendEvent(homeOf(sim, team), event, { ...options, seenBy: others });
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
