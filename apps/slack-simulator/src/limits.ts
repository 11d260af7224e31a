/**
 * Slack's rate limits. Every limit is a token bucket kept as one number (the time at which it would be full again), so a
 * check costs the same with one message or a million.
 *
 * - Posting: `channelPerSecond` per conversation, burst 1, and `workspacePerMinute` per workspace.
 * - Every other method: its tier per minute and workspace, a minute's worth at once.
 * - A refusal blocks the method for every token of the app in that workspace until Retry-After has passed; other methods
 *   and other workspaces stay open. That holds for a channel's overrun too, because Slack documents no narrower block;
 *   `channelBlocks: 'channel'` gives the lenient reading.
 */
export interface LimitSettings {
  channelPerSecond: number | null;
  /** How much too early a message may come before it counts as an overrun; the debt is kept, so the rate holds. */
  channelToleranceMs: number;
  channelBlocks: 'method' | 'channel';
  workspacePerMinute: number | null;
  /** Least Retry-After, in seconds. */
  retryAfter: number;
  /** Per minute; `*` stands for every method that is not named. */
  methods: Record<string, number | null>;
}

export function defaultLimits(): LimitSettings {
  return {
    channelPerSecond: 1,
    channelToleranceMs: 100,
    channelBlocks: 'method',
    workspacePerMinute: 1200,
    retryAfter: 1,
    methods: {},
  };
}

interface TeamState {
  readonly blocked: Map<string, number>;
  readonly full: Map<string, number>;
}

export class Limits {
  settings = defaultLimits();
  readonly #teams = new Map<string, TeamState>();

  reset(): void {
    this.settings = defaultLimits();
    this.#teams.clear();
  }

  /** What is not mentioned stays as it is; the buckets start anew. */
  change(changes: { [K in keyof LimitSettings]?: LimitSettings[K] | undefined }): void {
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
    this.settings = { ...this.settings, ...given, methods: { ...this.settings.methods, ...changes.methods } };
    this.#teams.clear();
  }

  /** Seconds to wait when the method is blocked in this workspace, else 0. */
  blockedFor(team: string, method: string, now: number): number {
    const until = this.#teams.get(team)?.blocked.get(method);
    return until === undefined || until <= now ? 0 : Math.ceil((until - now) / 1000);
  }

  block(team: string, method: string, seconds: number, now: number): number {
    this.#state(team).blocked.set(method, now + seconds * 1000);
    return seconds;
  }

  /** Takes one call of a method; answers Retry-After in seconds, or 0 when it may pass. */
  takeMethod(team: string, method: string, tierPerMinute: number | null, now: number): number {
    const { methods } = this.settings;
    const named = methods[method];
    const perMinute = named !== undefined ? named : methods['*'] !== undefined ? methods['*'] : tierPerMinute;
    return this.#takePerMinute(team, method, perMinute, now);
  }

  takePosting(team: string, method: string, now: number): number {
    const named = this.settings.methods[method];
    return this.#takePerMinute(team, method, named !== undefined ? named : this.settings.workspacePerMinute, now);
  }

  takeChannel(team: string, method: string, channel: string, now: number): number {
    const { channelPerSecond, channelToleranceMs, channelBlocks } = this.settings;
    if (!channelPerSecond) return 0;
    const state = this.#state(team);
    const wait = take(state.full, channel, 1000 / channelPerSecond, 1, channelToleranceMs, now);
    if (wait <= 0) return 0;
    const seconds = this.#retryAfter(wait);
    return channelBlocks === 'method' ? this.block(team, method, seconds, now) : seconds;
  }

  #takePerMinute(team: string, method: string, perMinute: number | null, now: number): number {
    if (!perMinute) return 0;
    const wait = take(this.#state(team).full, method, 60_000 / perMinute, perMinute, 0, now);
    return wait <= 0 ? 0 : this.block(team, method, this.#retryAfter(wait), now);
  }

  #retryAfter(waitMs: number): number {
    return Math.max(this.settings.retryAfter, Math.ceil(waitMs / 1000));
  }

  #state(team: string): TeamState {
    let state = this.#teams.get(team);
    if (state === undefined) this.#teams.set(team, (state = { blocked: new Map(), full: new Map() }));
    return state;
  }
}

/** Milliseconds to wait for a token; at most 0 when one was taken. */
function take(
  full: Map<string, number>,
  key: string,
  intervalMs: number,
  burst: number,
  toleranceMs: number,
  now: number,
): number {
  const at = full.get(key) ?? 0;
  const wait = at - now - intervalMs * (burst - 1) - toleranceMs;
  if (wait <= 0) full.set(key, Math.max(at, now) + intervalMs);
  return wait;
}
