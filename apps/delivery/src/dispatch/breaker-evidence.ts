// What the end of a call shows about the other side, for the circuit breakers. An answer is evidence whatever it says;
// a call that may be repeated without harm, and ended without an answer, shows nothing.
import type { ReconcileResult, SendResult } from '../model/send-result.ts';
import type { Evidence } from './breaker-lane.ts';

export function evidenceOf(end: SendResult, unreachable?: ReadonlySet<string>): Evidence | undefined {
  switch (end.kind) {
    case 'delivered':
    case 'refused':
      return 'answered';
    case 'unknown':
      return 'ambiguous';
    case 'not_written':
      return undefined;
    case 'retry': {
      if (unreachable?.has(end.error)) return 'unreachable';
      const { status } = end.facts;
      // 200 and 5xx: an update or a deletion of which nobody knows, which is simply repeated.
      const answered = status !== undefined && status !== 200 && status < 500;
      return answered || end.limited !== undefined || end.missing !== undefined ? 'answered' : undefined;
    }
  }
}

export const evidenceOfReconciling = (found: ReconcileResult): Evidence | undefined =>
  found.kind === 'found' || found.kind === 'absent' || (found.kind === 'later' && found.limited !== undefined)
    ? 'answered'
    : undefined;
