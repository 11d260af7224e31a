/**
 * What Slack sends to the app: events with up to three retries (at once, after 1 minute, after 5), and the two events
 * that follow from a revoked token or a removed app. Every delivery is recorded for tests. An event that the app did
 * not subscribe to, or that no installation sees, is recorded as withheld and not sent.
 */
import type { AppIdentity } from '../app-identity.ts';
import { nextId, secret } from '../world/ids.ts';
import type { AppManifest } from '../manifest/app-manifest.ts';
import type { Home } from '../world/home.ts';
import type { Token } from '../world/installation.ts';
import { type Authorization, authorizationsOf, envelope } from './envelope.ts';
import { type Answered, postSigned } from './post-signed.ts';

export const slackRetryDelaysMs: readonly number[] = [0, 60_000, 300_000];
const kept = 1000;

export interface Delivery {
  eventId: string;
  team: string;
  type: string;
  url: string;
  attempts: (Answered & { at: number; retryNum: number })[];
  /** `delivered`, `failed` when Slack gave up, or `withheld` when Slack does not send it at all. */
  state: 'sending' | 'delivered' | 'failed' | 'withheld';
}

export interface EventOptions {
  eventId?: string | undefined;
  url?: string | undefined;
  contextTeamId?: string | undefined;
  /** Other installations that see it, as in a channel that workspaces share. */
  seenBy?: readonly Home[] | undefined;
}

export class Outbound {
  readonly deliveries: Delivery[] = [];
  /** By `event_context`. */
  readonly #seen = new Map<string, readonly Authorization[]>();
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(
    private readonly app: AppIdentity,
    private readonly manifest: AppManifest,
    private readonly retryDelaysMs: readonly number[],
  ) {}

  tokensRevoked(home: Home, tokens: readonly Token[]): void {
    const of = (kind: Token['kind']) => [...new Set(tokens.filter((t) => t.kind === kind).map((t) => t.user))];
    const oauth = of('user');
    const bot = of('bot');
    if (oauth.length + bot.length === 0) return;
    this.announce(home, {
      type: 'tokens_revoked',
      tokens: { ...(oauth.length ? { oauth } : {}), ...(bot.length ? { bot } : {}) },
    });
  }

  appUninstalled(home: Home): void {
    this.announce(home, { type: 'app_uninstalled' });
  }

  /** Sends without waiting, one after the other, when the app has an events URL at all. */
  announce(home: Home, ...events: Record<string, unknown>[]): void {
    if (this.app.eventsUrl === undefined) return;
    void events.reduce<Promise<unknown>>(
      (before, event) => before.then(() => this.sendEvent(home, event)),
      Promise.resolve(),
    );
  }

  /** Everybody who sees the event with this context. */
  authorizations(eventContext: string): readonly Authorization[] | undefined {
    return this.#seen.get(eventContext);
  }

  /** Resolves after the first attempt; retries go on in the background. */
  async sendEvent(home: Home, event: Record<string, unknown>, options: EventOptions = {}): Promise<Delivery> {
    const url = options.url ?? this.app.eventsUrl;
    if (url === undefined) throw new Error('no events URL');
    const eventId = options.eventId ?? nextId('Ev');
    const delivery: Delivery = {
      eventId,
      team: home.id,
      type: String(event.type),
      url,
      attempts: [],
      state: 'sending',
    };
    this.deliveries.push(delivery);
    if (this.deliveries.length > kept) this.deliveries.shift();
    if (!this.#isSent(home, event)) {
      delivery.state = 'withheld';
      return delivery;
    }
    const seen = [home, ...(options.seenBy ?? [])].flatMap(authorizationsOf);
    const eventContext = `4-${secret(12)}`;
    this.#remember(eventContext, seen);
    const { contextTeamId } = options;
    const parts = { event, eventId, eventContext, contextTeamId, authorization: seen[0] };
    const body = JSON.stringify(envelope(this.app, home, parts));
    await this.#attempt(delivery, body, 0, undefined);
    return delivery;
  }

  forget(): void {
    this.stop();
    this.deliveries.length = 0;
    this.#seen.clear();
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** An app that is installed in the org hears only of what happens in covered workspaces. */
  #isSent(place: Home, event: Record<string, unknown>): boolean {
    const { installation } = place.kind === 'org' ? place : place.home;
    const unheard = place.kind === 'workspace' && place.org?.installation !== undefined && installation === undefined;
    const isAboutItself = event.type === 'app_uninstalled' || event.type === 'tokens_revoked';
    return (!unheard || isAboutItself) && this.manifest.sends(event, installation?.botScopes);
  }

  #remember(eventContext: string, seen: readonly Authorization[]): void {
    this.#seen.set(eventContext, seen);
    if (this.#seen.size <= kept) return;
    for (const oldest of this.#seen.keys()) {
      this.#seen.delete(oldest);
      return;
    }
  }

  async #attempt(delivery: Delivery, body: string, retryNum: number, reason: string | undefined): Promise<void> {
    const extra: Record<string, string> =
      reason === undefined ? {} : { 'x-slack-retry-num': String(retryNum), 'x-slack-retry-reason': reason };
    const at = Date.now();
    const answered = await postSigned(this.app.signingSecret, delivery.url, 'application/json', body, extra);
    delivery.attempts.push({ ...answered, at, retryNum });
    if (answered.failure === undefined) delivery.state = 'delivered';
    else if (answered.noRetry || retryNum >= this.retryDelaysMs.length) delivery.state = 'failed';
    else {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        void this.#attempt(delivery, body, retryNum + 1, answered.failure);
      }, this.retryDelaysMs[retryNum]);
      this.#timers.add(timer);
    }
  }
}
