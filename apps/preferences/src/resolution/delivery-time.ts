// When a person is told: at once, after the quiet hours, or in a digest. Guarantees: what is urgent is told at once;
// local times are the person's own: the zone that the member chose, else the one that Slack or the product knows, else
// UTC. Quiet hours are the member's, else the organisation's; the organisation's free days hold for everybody.
import type { DeliveryMode, Priority, Reason } from '@carillon/domain';
import { digestDueOutsideQuiet } from '../scheduling/digest-schedule.ts';
import { quietUntil, type QuietHours } from '../scheduling/quiet-hours.ts';
import { zoneOrUtc } from '../scheduling/zone-clock.ts';
import type { Chosen } from './choose-channels.ts';
import { reason } from './reason.ts';
import type { Person, TenantContext } from './resolution-context.ts';
import { now } from './suppress.ts';

export interface DeliveryTime {
  mode: DeliveryMode;
  /** Absent: nothing holds it back. */
  reason?: Reason;
}

const atOnce: DeliveryTime = Object.freeze({ mode: now });
const neverQuiet: readonly QuietHours[] = [];
const noFreeDays: readonly string[] = [];

/** @param at epoch ms */
export function deliveryTime(
  recipient: string,
  { choices, timeZone: known }: Person,
  chosen: Chosen,
  priority: Priority | undefined,
  { defaults }: TenantContext,
  at: number,
): DeliveryTime {
  const windows = choices?.quietHours ?? defaults?.quietHours ?? neverQuiet;
  const freeDays = defaults?.freeDays ?? noFreeDays;
  if (chosen.cadence === 'immediate' && windows.length === 0 && freeDays.length === 0) return atOnce;
  const timeZone = zoneOrUtc(choices?.timeZone ?? known);
  if (chosen.cadence === 'immediate') {
    const until = quietUntil(at, timeZone, windows, freeDays);
    if (until === undefined) return atOnce;
    if (priority === 'urgent') return passesBoth;
    const notBefore = new Date(until).toISOString();
    return { mode: { kind: 'later', notBefore, delayReason: 'quiet_hours', timeZone }, reason: reason('quiet_hours') };
  }
  if (priority === 'urgent') return passesBoth;
  const { cadence, at: time, on } = chosen;
  const schedule = { cadence, ...(time !== undefined && { at: time }), ...(on !== undefined && { on }) };
  const { dueAt, nextDueAt } = digestDueOutsideQuiet(at, timeZone, schedule, windows, freeDays);
  return {
    mode: {
      kind: 'digest',
      key: `${recipient}:${cadence}`,
      dueAt: new Date(dueAt).toISOString(),
      nextDueAt: new Date(nextDueAt).toISOString(),
      timeZone,
    },
    reason: reason('digest'),
  };
}

const passesBoth: DeliveryTime = Object.freeze({ mode: now, reason: reason('urgent') });
