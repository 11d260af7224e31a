/**
 * Faults that tests ask for: those of a network and of an overloaded Slack. `_before` faults happen before the method
 * takes effect; `_after` faults when it has taken effect, and only the answer is lost.
 */
export const faultKinds = [
  'rate_limit',
  'http_500',
  'error',
  'timeout_before',
  'timeout_after',
  'reset_before',
  'reset_after',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface FaultSpec {
  method?: string | undefined;
  team?: string | undefined;
  kind: FaultKind;
  /** rate_limit: seconds · http_500: status · error: code · timeout_*: milliseconds. */
  value?: string | number | undefined;
  probability?: number | undefined;
  count?: number | undefined;
  /** http_500 and error: the method takes effect all the same. */
  after?: boolean | undefined;
  /** The seed of the random numbers for `probability`, so that a run can be repeated. */
  seed?: number | undefined;
}

export interface Fault extends FaultSpec {
  readonly id: number;
  fired: number;
  readonly random: () => number;
}

export class Faults {
  #all: Fault[] = [];
  #lastId = 0;

  add(specs: readonly FaultSpec[]): void {
    for (const spec of specs) {
      this.#all.push({
        ...spec,
        id: ++this.#lastId,
        fired: 0,
        random: spec.seed === undefined ? Math.random : seeded(spec.seed),
      });
    }
  }

  clear(): void {
    this.#all = [];
  }

  list(): object[] {
    return this.#all.map(({ random: _random, ...fault }) => ({ ...fault }));
  }

  /** The first fault that is due for this call, by its workspace or its org; it counts as fired. */
  fire(method: string, ...teams: (string | undefined)[]): Fault | undefined {
    if (this.#all.length === 0) return undefined;
    for (const fault of this.#all) {
      if (fault.method !== undefined && fault.method !== method) continue;
      if (fault.team !== undefined && !teams.includes(fault.team)) continue;
      if (fault.count !== undefined && fault.fired >= fault.count) continue;
      if (fault.probability !== undefined && fault.random() >= fault.probability) continue;
      fault.fired += 1;
      return fault;
    }
    return undefined;
  }

  /** Undoes the count of a fault that had no effect. */
  undo(fault: Fault): void {
    fault.fired -= 1;
  }
}

/** mulberry32: small, and the same on every machine. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
