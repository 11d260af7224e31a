/** What an app may do through a `response_url`: answer, replace or delete, at most 5 times within 30 minutes. */
import type { Simulation } from '../simulation.ts';
import { readContent } from '../web-api/message-content.ts';
import { post } from '../web-api/post.ts';
import { nextTs, secret } from '../world/ids.ts';
import type { Callback } from '../world/callback.ts';

const lifetimeMs = 1_800_000;
const mostUses = 5;

export function newResponseUrl(sim: Simulation, callback: Omit<Callback, 'uses' | 'expiresAt'>): string {
  const path = `/actions/${callback.team}/${secret(12)}`;
  sim.world.callbacks.set(path, { ...callback, uses: 0, expiresAt: Date.now() + lifetimeMs });
  return `${sim.baseUrl}${path}`;
}

/** HTTP status and body of a post to a response URL. */
export function useResponseUrl(sim: Simulation, path: string, body: Buffer): { status: number; body: string } {
  const callback = sim.world.callbacks.get(path);
  const workspace = callback === undefined ? undefined : sim.world.workspaces.get(callback.team);
  const channel = callback === undefined ? undefined : workspace?.channel(callback.channel);
  if (callback === undefined || workspace === undefined || channel === undefined)
    return { status: 404, body: 'no_service' };
  if (callback.expiresAt <= Date.now() || callback.uses >= mostUses)
    return { status: 404, body: '{"ok":false,"error":"used_url"}' };
  callback.uses += 1;
  let args: Record<string, unknown>;
  try {
    args = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
  } catch {
    return { status: 400, body: 'invalid_payload' };
  }
  const message = callback.messageTs === undefined ? undefined : channel.message(callback.messageTs);
  if (args.delete_original === true) {
    if (message !== undefined) channel.remove(message);
    return { status: 200, body: 'ok' };
  }
  const content = readContent(args);
  if ('refusal' in content) return { status: 400, body: content.refusal.ok ? '' : content.refusal.error };
  if (content.text === undefined && content.blocks === undefined) return { status: 400, body: 'no_text' };
  if (args.replace_original === true && message !== undefined) {
    if (content.text !== undefined) message.text = content.text;
    if (content.blocks !== undefined) message.blocks = content.blocks;
    message.edited = { user: workspace.botUserId, ts: nextTs() };
  } else {
    post(sim, channel, {
      author: workspace.botUserId,
      botId: workspace.botId,
      text: content.text ?? '',
      receivedAt: Date.now(),
      ...(content.blocks === undefined ? {} : { blocks: content.blocks }),
      ...(args.response_type === 'in_channel' ? {} : { ephemeralTo: callback.user }),
    });
  }
  return { status: 200, body: 'ok' };
}
