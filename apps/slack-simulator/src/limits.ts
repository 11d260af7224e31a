/**
 * Slack's limits, as tests set them. Every rate is a token bucket that is stored as one number (the time at which it is
 * full again), so a check takes the same time for any number of messages.
 *
 * - Posting: `channelPerSecond` per conversation with burst 1, by any method; and `workspacePerMinute` messages per
 *   workspace, as a bucket or as a trailing window, because Slack does not document which.
 * - Every other method: its tier per minute and workspace, with a burst of one minute.
 * - A refusal blocks the method for every token of the app in that workspace until Retry-After has passed; other
 *   methods and other workspaces are not blocked. This is also so for the limit of a channel, because Slack documents
 *   no narrower block; with `channelBlocks: 'channel'` only the channel is blocked.
 */
import { TrailingWindow } from './trailing-window.ts';

export interface LimitSettings {
  channelPerSecond: number | null;
  /** How much too early a message may come. The time is added to the next wait, so the rate is kept. */
  channelToleranceMs: number;
  channelBlocks: 'method' | 'channel';
  workspacePerMinute: number | null;
  workspaceShape: 'bucket' | 'window';
  /** Least Retry-After, in seconds. */
  retryAfter: number;
  /** Apps that are sold outside Slack's marketplace: history once a minute and 15 messages at a time. */
  restrictedHistory: boolean;
  /** How old a message may be to be edited; 0 = never, null = any age. */
  editWindowSeconds: number | null;
  /** The largest file. */
  fileBytes: number | null;
  /** How long after the message `files.info` lists the share. */
  fileShareDelayMs: number;
  /** How far Slack's clock is ahead of ours; it counts for new messages and for the header `Date`. */
  clockSkewSeconds: number;
  /** Every n-th page of a list has half of the rows that were asked for; 0 = none. */
  shortPages: number;
  /** How many rows each page of a list repeats of the page before. */
  repeatedRows: number;
  /** Per minute; `*` stands for every method that is not named. */
  methods: Record<string, number | null>;
}

export function defaultLimits(): LimitSettings {
  return {
    channelPerSecond: 1,
    channelToleranceMs: 100,
    channelBlocks: 'method',
    workspacePerMinute: 1200,
    workspaceShape: 'bucket',
    retryAfter: 1,
    restrictedHistory: false,
    editWindowSeconds: null,
    fileBytes: 1_073_741_824,
    fileShareDelayMs: 0,
    clockSkewSeconds: 0,
    shortPages: 0,
    repeatedRows: 0,
    methods: {},
  };
}

export const restrictedHistoryPage = 15;
const historyMethods = new Set(['conversations.history', 'conversations.replies']);

interface TeamState {
  readonly blocked: Map<string, number>;
  readonly full: Map<string, number>;
  readonly posts: TrailingWindow;
}

export class Limits {
  settings = defaultLimits();
  readonly #teams = new Map<string, TeamState>();
  #listedPages = 0;

  reset(): void {
    this.settings = defaultLimits();
    this.#teams.clear();
  }

  /** Limits that are not named stay; the buckets are full again. */
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

  /** Counts one call of a method; returns Retry-After in seconds, or 0 when the call is allowed. */
  takeMethod(team: string, method: string, tierPerMinute: number | null, now: number): number {
    const { methods, restrictedHistory } = this.settings;
    let perMinute = methods[method];
    if (perMinute === undefined && restrictedHistory && historyMethods.has(method)) perMinute = 1;
    if (perMinute === undefined) perMinute = methods['*'];
    return this.#takePerMinute(team, method, perMinute === undefined ? tierPerMinute : perMinute, now);
  }

  /** Counts one page of a list. */
  isPageShort(): boolean {
    const { shortPages } = this.settings;
    return shortPages > 0 && (this.#listedPages += 1) % shortPages === 0;
  }

  takePosting(team: string, method: string, now: number): number {
    const { methods, workspacePerMinute, workspaceShape, retryAfter } = this.settings;
    const named = methods[method];
    const perMinute = named !== undefined ? named : workspacePerMinute;
    if (workspaceShape === 'bucket') return this.#takePerMinute(team, method, perMinute, now);
    if (!perMinute || this.#state(team).posts.take(perMinute, now) <= 0) return 0;
    return this.block(team, method, retryAfter, now);
  }

  takeChannel(team: string, method: string, channel: string, now: number): number {
    return this.takeChannels(team, method, [channel], now);
  }

  /** One message in each of these conversations, or none at all. */
  takeChannels(team: string, method: string, channels: readonly string[], now: number): number {
    const { channelPerSecond, channelToleranceMs, channelBlocks } = this.settings;
    if (!channelPerSecond) return 0;
    const { full } = this.#state(team);
    const intervalMs = 1000 / channelPerSecond;
    let wait = 0;
    for (const channel of channels)
      wait = Math.max(wait, waitFor(full, channel, intervalMs, 1, channelToleranceMs, now));
    if (wait <= 0) {
      for (const channel of channels) spend(full, channel, intervalMs, now);
      return 0;
    }
    const seconds = this.#retryAfter(wait);
    return channelBlocks === 'method' ? this.block(team, method, seconds, now) : seconds;
  }

  #takePerMinute(team: string, method: string, perMinute: number | null, now: number): number {
    if (!perMinute) return 0;
    const { full } = this.#state(team);
    const intervalMs = 60_000 / perMinute;
    const wait = waitFor(full, method, intervalMs, perMinute, 0, now);
    if (wait > 0) return this.block(team, method, this.#retryAfter(wait), now);
    spend(full, method, intervalMs, now);
    return 0;
  }

  #retryAfter(waitMs: number): number {
    return Math.max(this.settings.retryAfter, Math.ceil(waitMs / 1000));
  }

  #state(team: string): TeamState {
    let state = this.#teams.get(team);
    if (state !== undefined) return state;
    state = { blocked: new Map(), full: new Map(), posts: new TrailingWindow() };
    this.#teams.set(team, state);
    return state;
  }
}

/** Milliseconds to wait for a token; at most 0 when there is one. */
function waitFor(
  full: Map<string, number>,
  key: string,
  intervalMs: number,
  burst: number,
  toleranceMs: number,
  now: number,
): number {
  return (full.get(key) ?? 0) - now - intervalMs * (burst - 1) - toleranceMs;
}

function spend(full: Map<string, number>, key: string, intervalMs: number, now: number): void {
  full.set(key, Math.max(full.get(key) ?? 0, now) + intervalMs);
}
