/** Clicks, form submissions and slash commands of simulated people, sent to the app as Slack sends them. */
import type { Simulation } from '../simulation.ts';
import { newResponseUrl } from '../events/response-url.ts';
import { messageObject } from '../web-api/message-object.ts';
import { nextTs, secret } from '../world/ids.ts';
import { handleOf } from '../world/user.ts';
import type { Workspace } from '../world/workspace.ts';
import type { CommandBody, InteractionBody } from './schemas.ts';

/** Slack gives an app three seconds to use it. */
const triggerLifetimeMs = 3000;

export function newTrigger(sim: Simulation, workspace: Workspace, user: string): string {
  const trigger = `${Date.now()}.${workspace.id.slice(1)}.${secret(8)}`;
  sim.world.triggers.set(trigger, { team: workspace.id, user, expiresAt: Date.now() + triggerLifetimeMs, used: false });
  return trigger;
}

export function interactionPayload(
  sim: Simulation,
  workspace: Workspace,
  body: InteractionBody,
): Record<string, unknown> {
  const user = workspace.user(body.user);
  const name = user === undefined ? body.user : handleOf(user);
  const base: Record<string, unknown> = {
    type: body.type,
    user: { id: body.user, username: name, name, team_id: workspace.id },
    api_app_id: sim.app.id,
    token: 'deprecated',
    trigger_id: newTrigger(sim, workspace, body.user),
    team: { id: workspace.id, domain: workspace.domain },
    enterprise: workspace.enterprise ?? null,
    is_enterprise_install: workspace.home.kind === 'org',
  };
  const channel = body.channel === undefined ? undefined : workspace.channel(body.channel);
  const message = body.ts === undefined ? undefined : channel?.message(body.ts);
  const view = body.viewId === undefined ? undefined : [...workspace.views.values()].find((v) => v.id === body.viewId);
  if (channel !== undefined) {
    base.channel = {
      id: channel.id,
      name: channel.kind === 'im' ? 'directmessage' : channel.kind === 'public_channel' ? channel.name : 'privategroup',
    };
    base.response_url = newResponseUrl(sim, {
      team: workspace.id,
      channel: channel.id,
      user: body.user,
      messageTs: body.ts,
    });
  }
  if (message !== undefined) {
    base.message = messageObject(sim.app, sim.world, workspace, message, true);
    base.container = { type: 'message', message_ts: message.ts, channel_id: message.channel, is_ephemeral: false };
  }
  if (view !== undefined) {
    base.view = { ...view, state: { values: body.stateValues ?? {} } };
    base.container ??= { type: 'view', view_id: view.id };
  }
  if (body.type === 'block_actions') {
    base.state = { values: body.stateValues ?? {} };
    base.actions = [actionOf(message?.blocks ?? (view?.blocks as unknown[] | undefined) ?? [], body)];
  }
  return { ...base, ...body.payload };
}

interface Element {
  type?: string;
  action_id?: string;
  text?: unknown;
  value?: string;
}

/** The clicked element, found in the message by its action id; without a message, the fields of the body. */
function actionOf(blocks: readonly unknown[], body: InteractionBody): object {
  for (const block of blocks as { block_id?: string; elements?: Element[]; accessory?: Element }[]) {
    for (const element of [...(block.elements ?? []), ...(block.accessory === undefined ? [] : [block.accessory])]) {
      if (element.action_id === undefined || element.action_id !== body.actionId) continue;
      if (body.blockId !== undefined && body.blockId !== block.block_id) continue;
      const value = body.value ?? element.value;
      return {
        action_id: element.action_id,
        block_id: block.block_id,
        text: element.text,
        type: element.type,
        ...(value === undefined ? {} : { value }),
        action_ts: nextTs(),
      };
    }
  }
  return {
    action_id: body.actionId ?? '',
    block_id: body.blockId ?? '',
    type: 'button',
    ...(body.value === undefined ? {} : { value: body.value }),
    action_ts: nextTs(),
  };
}

export function commandForm(sim: Simulation, workspace: Workspace, body: CommandBody): URLSearchParams {
  const user = workspace.user(body.user);
  const channel =
    (body.channel === undefined ? undefined : workspace.channel(body.channel)) ??
    workspace.direct(body.user, workspace.botUserId);
  return new URLSearchParams({
    token: 'deprecated',
    team_id: workspace.id,
    team_domain: workspace.domain,
    ...(workspace.enterprise === undefined
      ? {}
      : { enterprise_id: workspace.enterprise.id, enterprise_name: workspace.enterprise.name }),
    channel_id: channel.id,
    channel_name: channel.kind === 'im' ? 'directmessage' : channel.name,
    user_id: body.user,
    user_name: user === undefined ? body.user : handleOf(user),
    command: body.command,
    text: body.text,
    api_app_id: sim.app.id,
    is_enterprise_install: String(workspace.home.kind === 'org'),
    response_url: newResponseUrl(sim, {
      team: workspace.id,
      channel: channel.id,
      user: body.user,
      messageTs: undefined,
    }),
    trigger_id: newTrigger(sim, workspace, body.user),
  });
}
