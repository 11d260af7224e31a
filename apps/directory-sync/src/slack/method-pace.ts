// Keeps the calls of one method in one workspace within Slack's limit, so that Slack does not answer 429. Guarantees:
// no minute has more calls than the limit, counted from the end of each call; other methods and workspaces do not wait.
import { setTimeout as wait } from 'node:timers/promises';

const windowMs = 60_000;
const forgetAbove = 1_000;

export interface MethodPaceOptions {
  perMinute: (method: string) => number | undefined;
  now?: () => number;
  sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

export class MethodPace {
  readonly #calls = new Map<string, { at: number }[]>();
  readonly #perMinute: MethodPaceOptions['perMinute'];
  readonly #now: () => number;
  readonly #sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;

  constructor({ perMinute, now, sleep }: MethodPaceOptions) {
    this.#perMinute = perMinute;
    this.#now = now ?? (() => performance.now());
    this.#sleep = sleep ?? ((ms, signal) => wait(ms, undefined, { signal }));
  }

  async run<T>(workspace: string, method: string, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    const limit = this.#perMinute(method);
    if (limit === undefined) return call();
    const calls = this.#callsOf(`${workspace} ${method}`);
    for (;;) {
      signal.throwIfAborted();
      while (calls[0] && calls[0].at + windowMs <= this.#now()) calls.shift();
      if (calls.length < limit) break;
      await this.#sleep(Math.max(1, Math.ceil(calls[calls.length - limit]!.at + windowMs - this.#now())), signal);
    }
    const mine = { at: this.#now() };
    calls.push(mine);
    try {
      return await call();
    } finally {
      mine.at = this.#now();
    }
  }

  #callsOf(key: string): { at: number }[] {
    let calls = this.#calls.get(key);
    if (calls) return calls;
    if (this.#calls.size >= forgetAbove) {
      const old = this.#now() - windowMs;
      for (const [other, theirs] of this.#calls) if ((theirs.at(-1)?.at ?? 0) <= old) this.#calls.delete(other);
    }
    this.#calls.set(key, (calls = []));
    return calls;
  }
}
