// What a delivery without an outcome waits for, as a sentence for a person. Pure: its input is the ledger's rows.
import type { DeliveryMode } from '@carillon/domain';
import type { DeliveryState } from '../model/delivery-state.ts';

export interface Waiting {
  state: DeliveryState;
  op: string;
  reason: string | null;
  ready_at: Date;
  lane: string;
  /** The installation's state; null for e-mail. */
  installation: string | null;
  /** Until when Slack limits methods in the lane. */
  blocked: Record<string, string> | null;
  paused: boolean;
  paused_by: string | null;
  pause_reason: string | null;
  /** Whether a process sends for the lane. */
  owned: boolean;
}

export function waitingForOf(waiting: Waiting, mode: DeliveryMode | undefined, now: Date): string {
  const { state, reason, ready_at: readyAt, lane } = waiting;
  if (state === 'sending') return 'the answer to the request under way';
  if (state === 'bundled') return 'the answer to the digest that it is part of';
  if (waiting.installation === 'lost') return 'Slack to be reconnected: it no longer accepts the installation';
  if (state === 'waiting')
    return reason === null
      ? itsInstant(readyAt, mode)
      : `another try at ${iso(readyAt)}, after ${reason}; others pass it meanwhile`;
  if (waiting.paused)
    return `lane ${lane} to be resumed: ${waiting.paused_by || 'an operator'} paused it${waiting.pause_reason ? ` (${waiting.pause_reason})` : ''}`;
  if (state === 'unknown')
    return `finding out whether the last attempt was posted (${reason ?? 'no answer'}), from ${iso(readyAt)}`;
  const blocked = blockedSeconds(waiting, now);
  if (blocked !== undefined) return `lane ${lane}, blocked by Slack for ${blocked} s`;
  if (readyAt.getTime() > now.getTime()) return `another try at ${iso(readyAt)}, after ${reason ?? 'a refusal'}`;
  if (!waiting.owned) return `a process to take over lane ${lane}`;
  return waiting.op === 'delete' ? `its turn in lane ${lane}, to be taken back` : `its turn in lane ${lane}`;
}

function itsInstant(at: Date, mode: DeliveryMode | undefined): string {
  if (mode?.kind === 'digest') return `the digest due at ${local(at, mode.timeZone)}`;
  if (mode?.kind === 'later' && mode.delayReason === 'quiet_hours')
    return `quiet hours until ${local(at, mode.timeZone)}`;
  return `its time, ${iso(at)}`;
}

function blockedSeconds({ blocked, op }: Waiting, now: Date): number | undefined {
  const until = blocked?.[op === 'delete' ? 'chat.delete' : 'chat.postMessage'];
  const ms = until === undefined ? 0 : Date.parse(until) - now.getTime();
  return ms > 0 ? Math.ceil(ms / 1_000) : undefined;
}

const iso = (at: Date): string => at.toISOString();

/** `07:00 Europe/Paris`; with its date when that is not today there. */
function local(at: Date, timeZone: string | undefined): string {
  if (timeZone === undefined) return iso(at);
  try {
    const day = (date: Date): string => new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(date);
    const time = new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'short' }).format(at);
    return `${day(at) === day(new Date()) ? '' : `${day(at)} `}${time} ${timeZone}`;
  } catch {
    return iso(at);
  }
}
