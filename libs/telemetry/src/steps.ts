// The moments at which a crash matters: between an effect and its record, on every hop. Told on diagnostics channels,
// so that a test can end the process exactly there; nobody listening costs a property read.
// `CARILLON_CRASH_AT=claim.stored` (or `claim.stored@20`: at the twentieth time) ends the process by SIGKILL, as a
// failing machine would.
import { channel, type Channel } from 'node:diagnostics_channel';

export const steps = [
  /** preferences: decided, nothing published; published, offset not committed. */
  'resolution.decided',
  'resolution.published',
  /**
   * preferences: a tenant is noted as behind, its requests not moved; moved, offset not committed; decided, still
   * noted.
   */
  'quota.noted',
  'quota.moved',
  'bulk.decided',
  /** delivery: a batch read, nothing stored; stored, offset not committed. */
  'ingest.read',
  'ingest.stored',
  /**
   * A claim is durable, nothing written to Slack; Slack answered, nothing recorded; recorded, outcome not published.
   */
  'claim.stored',
  'attempt.answered',
  'result.stored',
  /** Outcomes published, not yet taken out of the outbox. */
  'outbox.published',
  /** Files: one uploaded, the message not posted. */
  'file.uploaded',
  /** A digest has its members and its text, nothing is sent. */
  'digest.frozen',
] as const;
export type Step = (typeof steps)[number];

const nameOf = (step: Step): string => `carillon.step.${step}`;
const channels = Object.fromEntries(steps.map((step) => [step, channel(nameOf(step))])) as Record<Step, Channel>;

export function passed(step: Step): void {
  if (channels[step].hasSubscribers) channels[step].publish(step);
}

crashWhereAsked(process.env['CARILLON_CRASH_AT']);

function crashWhereAsked(where: string | undefined): void {
  if (!where) return;
  const [name, count = '1'] = where.split('@');
  const step = steps.find((each) => each === name);
  if (!step || !/^[1-9]\d*$/.test(count))
    throw new Error(`CARILLON_CRASH_AT: ${where} is no step; there are ${steps.join(', ')}`);
  let left = Number(count);
  channels[step].subscribe(() => {
    if (--left === 0) process.kill(process.pid, 'SIGKILL');
  });
}
