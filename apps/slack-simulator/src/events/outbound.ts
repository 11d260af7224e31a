/**
 * What Slack sends to the app: events with up to three retries (at once, after 1 minute, after 5), and the two events
 * that follow from a revoked token or a removed app. Every delivery is recorded for tests.
 */
import type { AppIdentity } from '../app-identity.ts';
import { nextId, secret } from '../world/ids.ts';
import type { Token } from '../world/installation.ts';
import type { Workspace } from '../world/workspace.ts';
import { type Answered, postSigned } from './post-signed.ts';

export const slackRetryDelaysMs: readonly number[] = [0, 60_000, 300_000];
const kept = 1000;

export interface Delivery {
  eventId: string;
  team: string;
  type: string;
  url: string;
  attempts: (Answered & { at: number; retryNum: number })[];
  /** `delivered`, or `failed` when Slack gave up. */
  state: 'sending' | 'delivered' | 'failed';
}

export interface EventOptions {
  eventId?: string | undefined;
  url?: string | undefined;
  contextTeamId?: string | undefined;
}

export class Outbound {
  readonly deliveries: Delivery[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(
    private readonly app: AppIdentity,
    private readonly retryDelaysMs: readonly number[],
  ) {}

  tokensRevoked(workspace: Workspace, tokens: readonly Token[]): void {
    const of = (kind: Token['kind']) => [...new Set(tokens.filter((t) => t.kind === kind).map((t) => t.user))];
    const oauth = of('user');
    const bot = of('bot');
    if (oauth.length + bot.length === 0) return;
    this.announce(workspace, {
      type: 'tokens_revoked',
      tokens: { ...(oauth.length ? { oauth } : {}), ...(bot.length ? { bot } : {}) },
    });
  }

  appUninstalled(workspace: Workspace): void {
    this.announce(workspace, { type: 'app_uninstalled' });
  }

  /** Sends without waiting, when the app has an events URL at all. */
  announce(workspace: Workspace, event: Record<string, unknown>): void {
    if (this.app.eventsUrl !== undefined) void this.sendEvent(workspace, event);
  }

  /** Resolves after the first attempt; retries go on in the background. */
  async sendEvent(workspace: Workspace, event: Record<string, unknown>, options: EventOptions = {}): Promise<Delivery> {
    const url = options.url ?? this.app.eventsUrl;
    if (url === undefined) throw new Error('no events URL');
    const eventId = options.eventId ?? nextId('Ev');
    const delivery: Delivery = {
      eventId,
      team: workspace.id,
      type: String(event.type),
      url,
      attempts: [],
      state: 'sending',
    };
    this.deliveries.push(delivery);
    if (this.deliveries.length > kept) this.deliveries.shift();
    const body = JSON.stringify(this.#envelope(workspace, event, eventId, options));
    await this.#attempt(delivery, body, 0, undefined);
    return delivery;
  }

  forget(): void {
    this.stop();
    this.deliveries.length = 0;
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
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

  #envelope(workspace: Workspace, event: Record<string, unknown>, eventId: string, options: EventOptions): object {
    const enterprise_id = workspace.enterprise?.id ?? null;
    return {
      token: 'deprecated',
      team_id: workspace.id,
      ...(enterprise_id === null ? {} : { enterprise_id }),
      context_team_id: options.contextTeamId ?? workspace.id,
      context_enterprise_id: enterprise_id,
      api_app_id: this.app.id,
      event:
        event.type === 'app_uninstalled' || event.type === 'tokens_revoked'
          ? event
          : { event_ts: `${Date.now() / 1000}`, ...event },
      type: 'event_callback',
      event_id: eventId,
      event_time: Math.floor(Date.now() / 1000),
      authorizations: [
        {
          enterprise_id,
          team_id: workspace.id,
          user_id: workspace.botUserId,
          is_bot: true,
          is_enterprise_install: false,
        },
      ],
      is_ext_shared_channel: false,
      event_context: `4-${secret(12)}`,
    };
  }
}
