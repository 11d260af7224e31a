// Counts refused requests and writes the counts, so that an audit log can name every caller that was refused without
// growing at the speed of its requests. Guarantees: one entry per caller, route and reason in an interval, with how
// often; at most 50 different ones per tenant and 1,000 in all, the rest as one count per tenant; adding never waits
// and never throws; what could not be written is kept, within the same bounds, and tried again. A killed process loses
// what it counted since the last interval.
import type { AuditActor } from '@carillon/domain';
import { createLogger, type Logger } from '@carillon/telemetry';

export interface Refusal {
  /** The route's pattern, `POST /v1/tokens`; never the path of a request, which holds ids. */
  route: string;
  /** The same for all requests that are refused alike: no id, no time. */
  reason: string;
  status?: number;
}

export interface CountedRefusal {
  caller: { actor: AuditActor; tenantId?: string };
  refusal: Refusal;
  count: number;
  firstAt: Date;
  lastAt: Date;
}

export interface RefusalCounterOptions {
  write: (counted: CountedRefusal[]) => Promise<void>;
  intervalMs?: number;
}

const INTERVAL_MS = 60_000;
const MOST_PER_TENANT = 50;
const MOST_IN_ALL = 1_000;
const LONGEST_TEXT = 200;
const UNCOUNTED: Refusal = { route: '*', reason: 'too_many_different_refusals' };

export class RefusalCounter {
  private readonly log: Logger = createLogger('audit');
  private counted = new Map<string, CountedRefusal>();
  private distinct = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(private readonly options: RefusalCounterOptions) {}

  add(
    caller: CountedRefusal['caller'],
    { route, reason, status }: Refusal,
    count = 1,
    firstAt = new Date(),
    lastAt = firstAt,
  ): void {
    const refusal = {
      route: route.slice(0, LONGEST_TEXT),
      reason: reason.slice(0, LONGEST_TEXT),
      ...(status !== undefined && { status }),
    };
    const tenant = caller.tenantId ?? '';
    const key = JSON.stringify([tenant, caller.actor.kind, caller.actor.id, refusal.route, refusal.reason]);
    const known = this.counted.get(key);
    if (known) {
      known.count += count;
      known.lastAt = lastAt;
    } else if (this.hasRoom(tenant)) {
      this.distinct.set(tenant, (this.distinct.get(tenant) ?? 0) + 1);
      this.counted.set(key, { caller, refusal, count, firstAt, lastAt });
    } else {
      this.addUncounted(caller.tenantId, count, firstAt, lastAt);
    }
    this.timer ??= setTimeout(() => void this.flush(), this.options.intervalMs ?? INTERVAL_MS).unref();
  }

  /** Resolves when everything that was counted before was written or kept for later; never rejects. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const counted = [...this.counted.values()];
    this.counted = new Map();
    this.distinct = new Map();
    if (counted.length > 0) this.writing = this.writing.then(() => this.write(counted));
    return this.writing;
  }

  private async write(counted: CountedRefusal[]): Promise<void> {
    try {
      await this.options.write(counted);
    } catch (error) {
      this.log.warn(
        { err: error, entries: counted.length },
        'refused requests could not be written into the audit log; they are kept',
      );
      for (const { caller, refusal, count, firstAt, lastAt } of counted)
        this.add(caller, refusal, count, firstAt, lastAt);
    }
  }

  private hasRoom(tenant: string): boolean {
    return (this.distinct.get(tenant) ?? 0) < MOST_PER_TENANT && this.counted.size < MOST_IN_ALL;
  }

  /** One row per tenant, and past twice the bound one for all of them. */
  private addUncounted(tenantId: string | undefined, count: number, firstAt: Date, lastAt: Date): void {
    const tenant = this.counted.size < 2 * MOST_IN_ALL ? tenantId : undefined;
    const key = JSON.stringify([tenant ?? '', UNCOUNTED.reason]);
    const known = this.counted.get(key);
    if (known) {
      known.count += count;
      known.lastAt = lastAt;
    } else {
      const actor: AuditActor = { kind: 'system', id: 'refusals' };
      this.counted.set(key, {
        caller: { actor, ...(tenant !== undefined && { tenantId: tenant }) },
        refusal: UNCOUNTED,
        count,
        firstAt,
        lastAt,
      });
    }
  }
}
