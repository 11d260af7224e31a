// Limits the time that each tenant takes of a chunk of requests, because conditions, templates and schemas may make a
// request cost a thousand times as much as another. Guarantees: once a tenant has had its time, its requests from the
// next one on are deferred, all of them, so that those of one key stay in order; a tenant's first request is never
// deferred, so that each chunk gets further; what is repeated after a failure is deferred from the same request on, or
// an earlier one. A single request is not interrupted: what it may cost has limits of its own. It records nothing:
// who makes it sees to it that what was deferred is resolved later.

/** A chunk of 2,000 usual requests takes less. */
const mostMs = 200;

/** Does a step of the work on a request; undefined: the request is deferred, and the step was not done. */
export type RunStep<R> = <T>(request: R, step: () => T) => T | undefined;

/** As the records of Kafka have it. */
interface Placed {
  readonly offset: string;
}

interface Share {
  /** Of the present stage. */
  ms: number;
  /** The last request of the present stage. */
  reached: number;
  allMs: number;
  deferredFrom: number;
}

export interface Clock {
  /** Cheap enough to read for each request. */
  wallMs: () => number;
  /** Of this thread. A busy machine may let it wait, which is no work of a tenant's. */
  cpuMs: () => number;
}

const systemClock: Clock = {
  wallMs: () => performance.now(),
  cpuMs: () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1_000;
  },
};

export class WorkShares {
  private readonly shares = new Map<string, Share>();
  private readonly byOffset = new Map<string, Share>();
  private readonly begunAt: number;

  constructor(
    private readonly most = mostMs,
    private readonly clock = systemClock,
  ) {
    this.begunAt = clock.cpuMs();
  }

  /** Whose request it is; those that nobody is named for are not limited. */
  add({ offset }: Placed, tenant: string): void {
    let share = this.shares.get(tenant);
    if (!share) this.shares.set(tenant, (share = { ms: 0, reached: -1, allMs: 0, deferredFrom: Infinity }));
    this.byOffset.set(offset, share);
  }

  /** Each kind of step goes through the requests in their order, perhaps again and again, and has time of its own. */
  stage(): RunStep<Placed> {
    for (const share of this.shares.values()) {
      share.ms = 0;
      share.reached = -1;
    }
    const begunAt = this.clock.cpuMs();
    const hasHadItsTime = ({ ms, reached }: Share, at: number): boolean =>
      ms >= this.most && reached >= 0 && at > reached && this.clock.cpuMs() - begunAt >= this.most;
    return ({ offset }, step) => {
      const share = this.byOffset.get(offset);
      if (!share) return step();
      const at = Number(offset);
      if (at >= share.deferredFrom) return undefined;
      if (hasHadItsTime(share, at)) {
        share.deferredFrom = at;
        return undefined;
      }
      const begun = this.clock.wallMs();
      try {
        return step();
      } finally {
        const ms = this.clock.wallMs() - begun;
        share.ms += ms;
        share.allMs += ms;
        share.reached = Math.max(share.reached, at);
      }
    };
  }

  defers({ offset }: Placed): boolean {
    return Number(offset) >= (this.byOffset.get(offset)?.deferredFrom ?? Infinity);
  }

  /** The first offset that is deferred, by tenant. */
  deferred(): Map<string, number> {
    const from = new Map<string, number>();
    for (const [tenant, { deferredFrom }] of this.shares) if (deferredFrom < Infinity) from.set(tenant, deferredFrom);
    return from;
  }

  /** By tenant: how long the work took. */
  *spent(): Iterable<[tenant: string, ms: number]> {
    const most = this.clock.cpuMs() - this.begunAt;
    for (const [tenant, { allMs }] of this.shares) yield [tenant, Math.min(allMs, most)];
  }
}
