/**
 * Checks an app manifest as Slack does when an app is made of it (`apps.manifest.validate`), and names each problem by
 * its place in the manifest. Guarantee: what is returned as a manifest has none. It does not call the URLs.
 */
import { fieldErrors } from '../control/field-errors.ts';
import type { FieldError } from '../http.ts';
import { eventScopes } from './event-scopes.ts';
import { type Manifest, manifestSchema } from './manifest-schema.ts';

export function checkManifest(input: unknown): { manifest: Manifest } | { errors: FieldError[] } {
  let value = input;
  if (typeof input === 'string') {
    try {
      value = JSON.parse(input);
    } catch {
      return { errors: [{ path: '', message: 'is not JSON; YAML is not read here' }] };
    }
  }
  const read = manifestSchema.safeParse(value);
  if (!read.success) return { errors: read.error.issues.flatMap(fieldErrors) };
  const errors = [...scopeProblems(read.data), ...featureProblems(read.data), ...settingProblems(read.data)];
  return errors.length > 0 ? { errors } : { manifest: read.data };
}

/** A scope is optional when it stands in both lists. */
function scopeProblems({ oauth_config: { scopes } }: Manifest): FieldError[] {
  return (['bot', 'user'] as const).flatMap((kind) => {
    const always = scopes[kind] ?? [];
    const optional = scopes[`${kind}_optional`] ?? [];
    return [
      ...repeated(always, `oauth_config.scopes.${kind}`),
      ...repeated(optional, `oauth_config.scopes.${kind}_optional`),
      ...optional.flatMap((scope, i) =>
        always.includes(scope)
          ? []
          : [at(`oauth_config.scopes.${kind}_optional.${i}`, `is not among the scopes of ${kind}`)],
      ),
    ];
  });
}

function featureProblems(manifest: Manifest): FieldError[] {
  const { features = {}, settings = {} } = manifest;
  const scopes = botScopesOf(manifest);
  const errors: FieldError[] = [];
  if (features.bot_user === undefined) errors.push(at('features.bot_user', 'is needed, for there are bot scopes'));
  if (features.agent_view !== undefined && features.assistant_view !== undefined)
    errors.push(at('features.assistant_view', 'can’t be had together with agent_view'));
  for (const view of ['agent_view', 'assistant_view'] as const)
    if (features[view] !== undefined && !scopes.has('assistant:write'))
      errors.push(at(`features.${view}`, 'needs the scope assistant:write'));
  for (const feature of ['slash_commands', 'shortcuts'] as const)
    if (features[feature]?.length && !scopes.has('commands'))
      errors.push(at(`features.${feature}`, 'needs the scope commands'));
  const commands = features.slash_commands ?? [];
  errors.push(
    ...repeated(
      commands.map((c) => c.command),
      'features.slash_commands',
    ),
  );
  if (!settings.socket_mode_enabled)
    for (const [i, command] of commands.entries())
      if (command.url === undefined) errors.push(at(`features.slash_commands.${i}.url`, 'is needed'));
  if (features.unfurl_domains?.length && !scopes.has('links:read'))
    errors.push(at('features.unfurl_domains', 'needs the scope links:read'));
  return errors;
}

function settingProblems(manifest: Manifest): FieldError[] {
  const { settings = {} } = manifest;
  const { event_subscriptions: events, interactivity } = settings;
  const scopes = botScopesOf(manifest);
  const errors: FieldError[] = [];
  if (!settings.socket_mode_enabled) {
    if (events !== undefined && events.request_url === undefined)
      errors.push(at('settings.event_subscriptions.request_url', 'is needed without socket mode'));
    if (interactivity?.is_enabled && interactivity.request_url === undefined)
      errors.push(at('settings.interactivity.request_url', 'is needed without socket mode'));
  }
  const names = events?.bot_events ?? [];
  errors.push(...repeated(names, 'settings.event_subscriptions.bot_events'));
  for (const [i, name] of names.entries()) {
    const needed = eventScopes.get(name) ?? [];
    if (needed.length > 0 && !needed.some((s) => scopes.has(s)))
      errors.push(at(`settings.event_subscriptions.bot_events.${i}`, `${name} needs the scope ${needed.join(' or ')}`));
  }
  return errors;
}

function botScopesOf({ oauth_config: { scopes } }: Manifest): ReadonlySet<string> {
  return new Set(scopes.bot);
}

function repeated(values: readonly string[], path: string): FieldError[] {
  return values.flatMap((value, i) => (values.indexOf(value) < i ? [at(`${path}.${i}`, `repeats ${value}`)] : []));
}

function at(path: string, message: string): FieldError {
  return { path, message };
}
