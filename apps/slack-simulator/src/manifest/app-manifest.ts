/**
 * The app's configuration, once a manifest was accepted: what it may ask for and which events it gets. Without a
 * manifest every scope may be asked for and every event is sent. The URLs of the manifest are not called; the addresses
 * of the simulator's own configuration are.
 */
import { eventScopes } from './event-scopes.ts';
import type { Manifest } from './manifest-schema.ts';

const kindOfChannel: Record<string, string> = {
  channel: 'channels',
  group: 'groups',
  im: 'im',
  mpim: 'mpim',
  app_home: 'app_home',
};

export class AppManifest {
  current: Manifest | undefined;

  forget(): void {
    this.current = undefined;
  }

  /** Whether tokens of new workspaces and orgs expire, where the manifest says it. */
  get rotation(): boolean | undefined {
    return this.current?.settings?.token_rotation_enabled;
  }

  /** Whether it may be installed in a whole org. */
  get orgWideAllowed(): boolean {
    return this.current === undefined || this.current.settings?.org_deploy_enabled === true;
  }

  /** Scopes that a person may take away while allowing the others. */
  get optional(): ReadonlySet<string> {
    return new Set(this.current?.oauth_config.scopes.bot_optional);
  }

  mayAsk(botScopes: readonly string[], userScopes: readonly string[]): boolean {
    if (this.current === undefined) return true;
    const { bot, user = [] } = this.current.oauth_config.scopes;
    return botScopes.every((s) => bot.includes(s)) && userScopes.every((s) => user.includes(s));
  }

  /** Whether the app subscribed to the event and, where it is installed, was granted a scope for it. */
  sends(event: Record<string, unknown>, granted: ReadonlySet<string> | undefined): boolean {
    if (this.current === undefined) return true;
    const subscribed = this.current.settings?.event_subscriptions?.bot_events ?? [];
    return namesOf(event).some((name) => {
      const needed = eventScopes.get(name) ?? [];
      return subscribed.includes(name) && (needed.length === 0 || !granted || needed.some((s) => granted.has(s)));
    });
  }
}

/** The subscriptions that an event answers. Messages are subscribed to by the kind of their conversation. */
function namesOf({ type, channel_type: kind }: Record<string, unknown>): string[] {
  if (type !== 'message') return [String(type)];
  const kinds = typeof kind === 'string' ? [kindOfChannel[kind] ?? kind] : Object.values(kindOfChannel);
  return ['message', ...kinds.map((k) => `message.${k}`)];
}
