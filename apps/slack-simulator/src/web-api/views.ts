/**
 * views.publish, open, push and update: they store what an app shows. State and submissions come from the control
 * routes.
 */
import { checkBlocks } from '../blocks/check-blocks.ts';
import { nextId, secret } from '../world/ids.ts';
import { malformed, structured, text } from './arguments.ts';
import { type Answer, type Call, type Method, refuse, tier } from './call.ts';
import { invalidBlocks } from './message-content.ts';
import { byPeople, byTrigger, byView } from './reach.ts';

export const viewMethods: Record<string, Method> = {
  'views.publish': { limit: tier.four, reach: byPeople, handle: publish },
  'views.open': { limit: tier.four, reach: byTrigger, handle: show },
  'views.push': { limit: tier.four, reach: byTrigger, handle: show },
  'views.update': { limit: tier.four, reach: byView, handle: update },
};

type View = Record<string, unknown>;

function publish(call: Call): Answer {
  const { args, workspace } = call;
  const user = text(args, 'user_id');
  if (user === undefined || workspace.user(user) === undefined) return refuse('user_not_found');
  const read = readView(call, ['home']);
  if ('refusal' in read) return read.refusal;
  const key = `home:${user}`;
  const before = workspace.views.get(key);
  const hash = text(args, 'hash');
  if (hash !== undefined && before !== undefined && before.hash !== hash) return refuse('hash_conflict');
  const view: View = { ...stamp(call, read.view, before?.id), user_id: user };
  workspace.views.set(key, view);
  return { ok: true, view };
}

function show(call: Call): Answer {
  const { sim, args, workspace } = call;
  const id = text(args, 'trigger_id') ?? text(args, 'interactivity_pointer');
  const trigger = id === undefined ? undefined : sim.world.triggers.get(id);
  if (trigger === undefined || trigger.team !== workspace.id) return refuse('invalid_trigger_id');
  if (trigger.used) return refuse('exchanged_trigger_id');
  if (trigger.expiresAt <= Date.now()) return refuse('expired_trigger_id');
  const read = readView(call, ['modal']);
  if ('refusal' in read) return read.refusal;
  trigger.used = true;
  const view: View = { ...stamp(call, read.view, undefined), user_id: trigger.user };
  workspace.views.set(String(view.id), view);
  return { ok: true, view };
}

function update(call: Call): Answer {
  const { args, workspace } = call;
  const id = text(args, 'view_id');
  const external = text(args, 'external_id');
  const before =
    id === undefined
      ? [...workspace.views.values()].find((v) => external !== undefined && v.external_id === external)
      : workspace.views.get(id);
  if (before === undefined) return refuse('not_found');
  const hash = text(args, 'hash');
  if (hash !== undefined && before.hash !== hash) return refuse('hash_conflict');
  const read = readView(call, ['modal', 'home']);
  if ('refusal' in read) return read.refusal;
  const view: View = { ...stamp(call, read.view, before.id), user_id: before.user_id };
  workspace.views.set(before.type === 'home' ? `home:${String(before.user_id)}` : String(view.id), view);
  return { ok: true, view };
}

function stamp(call: Call, view: View, id: unknown): View {
  const { sim, workspace, home } = call;
  return {
    private_metadata: '',
    callback_id: '',
    external_id: '',
    clear_on_close: false,
    notify_on_close: false,
    ...view,
    id: typeof id === 'string' ? id : nextId('V'),
    team_id: workspace.id,
    app_id: sim.app.id,
    bot_id: home.ownBot.id,
    app_installed_team_id: home.id,
    hash: `${Math.floor(Date.now() / 1000)}.${secret(4)}`,
    state: { values: {} },
  };
}

function readView({ args }: Call, types: readonly string[]): { view: View } | { refusal: Answer } {
  const view = structured(args, 'view');
  if (view === undefined || view === malformed || typeof view !== 'object' || view === null || Array.isArray(view))
    return { refusal: invalid(['missing required field: view']) };
  const v = view as View;
  const errors: string[] = [];
  if (typeof v.type !== 'string' || !types.includes(v.type))
    errors.push(`unsupported type: ${String(v.type)} [json-pointer:/view/type]`);
  for (const name of ['title', 'submit', 'close']) {
    const words = (v[name] as { text?: unknown } | undefined)?.text;
    if (typeof words === 'string' && words.length > 24)
      errors.push(`must be less than 25 characters [json-pointer:/view/${name}/text]`);
  }
  if (v.type === 'modal' && v.title === undefined) errors.push('missing required field: title [json-pointer:/view]');
  if (typeof v.private_metadata === 'string' && v.private_metadata.length > 3000)
    errors.push('must be less than 3001 characters [json-pointer:/view/private_metadata]');
  if (!Array.isArray(v.blocks)) errors.push('missing required field: blocks [json-pointer:/view]');
  if (errors.length > 0) return { refusal: invalid(errors) };
  const checked = checkBlocks(v.blocks as unknown[], 100, '/view/blocks');
  if (checked.errors.length > 0) return { refusal: invalidBlocks(checked.errors) };
  return JSON.stringify(v).length > 250_000 ? { refusal: refuse('view_too_large') } : { view: v };
}

function invalid(errors: readonly string[]): Answer {
  return refuse('invalid_arguments', { response_metadata: { messages: errors.map((e) => `[ERROR] ${e}`) } });
}
