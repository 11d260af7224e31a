// A timeline for people: the notification, then for each recipient the result, and one line for each decision, attempt,
// wait and outcome, with its time and the seconds since the notification was received.
import { decidingFirst } from '@carillon/domain';
import { printableLine } from '../printable.ts';
import { table } from '../terminal.ts';
import { Clock } from './clock.ts';
import type { Timeline } from './timeline.ts';

type Decision = Timeline['decisions'][number];
type Delivery = Decision['deliveries'][number];
type Attempt = Delivery['attempts'][number];
type Reason = Timeline['reasons'][number];

/** A shorter pause between two attempts is the next attempt's turn in the queue. */
const shortestWaitMs = 500;

export function showTimeline(found: Timeline, now = new Date()): string {
  const clock = new Clock(found.receivedAt ?? found.decisions[0]?.decidedAt ?? now.toISOString());
  const sections = found.decisions.map((decision) => decisionLines(decision, clock, now));
  if (found.decisions.length === 0) sections.push(withoutDecision(found.reasons));
  for (const { code, sentence, times, lastAt } of found.refused)
    sections.push([`refused ${times} times, last ${lastAt}: ${reasonText({ code, sentence })}`]);
  return [headOf(found), ...sections.map((lines) => lines.map((line) => `${printableLine(line)}\n`).join(''))].join(
    '\n',
  );
}

function headOf({ notificationId, tenantId, source, id, type, title, priority, ...rest }: Timeline): string {
  const what = [type, title ? `“${title}”` : '', priority && priority !== 'normal' ? priority : ''];
  const received = [rest.receivedAt, rest.expiresAt ? `expires ${rest.expiresAt}` : ''];
  const rows = [
    ['notification', notificationId],
    ['what', what.filter(Boolean).join('  ')],
    ['from', `${source}  ${id}  (tenant ${tenantId})`],
    ['received', received.filter(Boolean).join('  ')],
    ['trace', rest.traceUrl ?? rest.traceId ?? ''],
  ];
  return table(rows.filter(([, value]) => value !== '').map((row) => row.map(printableLine)));
}

function withoutDecision(reasons: Reason[]): string[] {
  if (reasons.length === 0) return ['no decision yet'];
  return ['nobody is addressed', ...reasons.map((reason) => `  ${reasonText(reason)}`)];
}

function decisionLines(
  { recipient, verdict, summary, decidedAt, mode, reasons, deliveries }: Decision,
  clock: Clock,
  now: Date,
): string[] {
  const why = decidingFirst(verdict, reasons).map(reasonText).join('; ');
  const lines = [
    `${recipient}  ${summary ?? verdict}`,
    clock.line(decidedAt, 'decision', [verdict, words(mode)].filter(Boolean).join(', '), why),
  ];
  for (const delivery of deliveries) lines.push(...deliveryLines(delivery, decidedAt ?? undefined, clock, now));
  return lines;
}

function deliveryLines(delivery: Delivery, decidedAt: string | undefined, clock: Clock, now: Date): string[] {
  const lines: string[] = [];
  let free = decidedAt;
  let failure: string | undefined;
  for (const attempt of delivery.attempts) {
    lines.push(...waitLine(free, attempt, failure, clock), attemptLine(attempt, clock));
    free = new Date(Date.parse(attempt.at) + (attempt.latencyMs ?? 0)).toISOString();
    failure = attempt.error ?? undefined;
  }
  const { deliveryId, destination, state, outcome, endedAt, reason, waitingFor, slack } = delivery;
  const details = [
    slack ? `${slack.teamId}/${slack.channel} ts ${slack.ts}` : words(destination),
    delivery.possibleDuplicate ? 'possible duplicate' : '',
    delivery.possiblyDelivered ? 'possibly delivered' : '',
    `delivery ${deliveryId}`,
  ];
  if (outcome) lines.push(clock.line(endedAt, outcome, reason ?? '', ...details));
  else lines.push(clock.line(now.toISOString(), state, waitingFor ? `waits for ${words(waitingFor)}` : '', ...details));
  return lines;
}

function waitLine(since: string | undefined, { n, at }: Attempt, failure: string | undefined, clock: Clock): string[] {
  const waitedMs = since === undefined ? 0 : Date.parse(at) - Date.parse(since);
  if (!(waitedMs >= shortestWaitMs)) return [];
  return [
    clock.line(since, 'wait', `${Clock.duration(waitedMs)} until attempt ${n}`, failure ? `after ${failure}` : ''),
  ];
}

function attemptLine({ n, at, latencyMs, result, error, requestId, advice }: Attempt, clock: Clock): string {
  return clock.line(
    at,
    `attempt ${n}`,
    [result, error].filter(Boolean).join(': '),
    typeof latencyMs === 'number' ? `${latencyMs} ms` : '',
    requestId ? `request ${requestId}` : '',
    advice ?? '',
  );
}

/** `no such member is known (unknown_member)`, with the detail behind it. */
export function reasonText({ code, sentence, detail }: Reason): string {
  const text = sentence ? `${sentence.replace(/\.$/, '')} (${code})` : code;
  const more = words(detail);
  return more === '' ? text : `${text}: ${more}`;
}

/** Whatever shape a detail has: text as it is, `kind` first, the rest as name=value. */
export function words(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'object' || value === null) return '';
  if (Array.isArray(value)) return value.map(words).join(', ');
  return Object.entries(value)
    .filter(([, part]) => part !== undefined && part !== null && part !== '')
    .map(([name, part]) => (name === 'kind' ? words(part) : `${name}=${words(part)}`))
    .join(' ');
}
