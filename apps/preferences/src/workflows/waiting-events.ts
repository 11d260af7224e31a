// Events that are to be kept and are not written yet, by tenant and type: of many at once the newest. Guarantees: their
// number is bounded, and no tenant takes another's place: where there are too many types, one of the tenant with the
// most is left out.
import type { NotificationRequest } from '@carillon/domain';

export interface RecentEvent {
  notificationId: string;
  source: string;
  id: string;
  request: NotificationRequest;
  at: Date;
}

/** Of one tenant and type. */
const mostOfType = 20;
/** Of all tenants together. */
const mostTypes = 200;

export class WaitingEvents {
  private tenants = new Map<string, Map<string, RecentEvent[]>>();
  private count = 0;

  constructor(private readonly most = mostTypes) {}

  /** How many are left out, of an event or of those before it, because there are too many types. */
  add(event: RecentEvent): number {
    const { tenantId, type } = event.request;
    const types = this.tenants.get(tenantId) ?? new Map<string, RecentEvent[]>();
    const those = types.get(type);
    if (those) {
      if (those.push(event) > mostOfType) those.shift();
      return 0;
    }
    let leftOut = 0;
    if (this.count >= this.most) {
      const largest = [...this.tenants.values()].reduce((one, other) => (other.size > one.size ? other : one));
      if (largest.size <= types.size + 1) return 1;
      const [oldest, left] = largest.entries().next().value!;
      largest.delete(oldest);
      leftOut = left.length;
    } else this.count++;
    this.tenants.set(tenantId, types.set(type, [event]));
    return leftOut;
  }

  /** All of them; none waits any more. */
  take(): RecentEvent[] {
    const taken = [...this.tenants.values()].flatMap((types) => [...types.values()].flat());
    this.tenants = new Map();
    this.count = 0;
    return taken;
  }
}
