// A timeline for people: the notification, then each decision with its reasons, deliveries and attempts.
import { table } from '../terminal.ts';
import type { Timeline } from './timeline.ts';

export function showTimeline(found: Timeline): string {
  const {
    notificationId,
    tenantId,
    source,
    id,
    type,
    title,
    priority,
    traceId,
    receivedAt,
    expiresAt,
    reasons,
    decisions,
    refused,
  } = found;
  const head = table(
    [
      ['notification', notificationId],
      [
        'what',
        [type, title ? `“${title}”` : undefined, priority && priority !== 'normal' ? priority : undefined]
          .filter(Boolean)
          .join('  '),
      ],
      ['from', `${source}  ${id}  (tenant ${tenantId})`],
      ['received', [receivedAt, expiresAt ? `expires ${expiresAt}` : undefined].filter(Boolean).join('  ')],
      ['trace', traceId ?? ''],
    ].filter(([, value]) => value !== ''),
  );
  const refusals = refused
    .map(
      ({ code, sentence, times, lastAt }) => `\nrefused ${times} times, last ${lastAt}: ${sentence ?? ''} (${code})\n`,
    )
    .join('');
  if (decisions.length === 0)
    return `${head}\n${reasons.length === 0 ? 'no decision yet\n' : `nobody is told\n${reasons.map(showReason).join('')}`}${refusals}`;
  return head + decisions.map((decision) => `\n${showDecision(decision)}`).join('') + refusals;
}

const showReason = ({ code, sentence, detail }: Timeline['reasons'][number]): string =>
  `  because ${sentence ? `${sentence} (${code})` : code}${detail === undefined || detail === null || detail === '' ? '' : `: ${words(detail)}`}\n`;

function showDecision({ recipient, verdict, mode, reasons, deliveries }: Timeline['decisions'][number]): string {
  let text = `${recipient}  ${[verdict, words(mode)].filter(Boolean).join(', ')}\n`;
  text += reasons.map(showReason).join('');
  for (const {
    deliveryId,
    destination,
    state,
    outcome,
    reason,
    waitingFor,
    possibleDuplicate,
    possiblyDelivered,
    attempts,
    slack,
  } of deliveries) {
    const parts = [
      reason ? `${outcome ?? state} (${reason})` : (outcome ?? state),
      slack ? `${slack.teamId}/${slack.channel} ts ${slack.ts}` : words(destination),
      waitingFor === undefined || waitingFor === null ? '' : `waits for ${words(waitingFor)}`,
      possibleDuplicate ? 'may be there twice' : '',
      possiblyDelivered ? 'may be there all the same' : '',
      `delivery ${deliveryId}`,
    ];
    text += `  ${parts.filter(Boolean).join('  ')}\n`;
    const rows = attempts.map(({ n, at, latencyMs, result, error, requestId, advice }) => [
      `    #${n}`,
      at,
      typeof latencyMs === 'number' ? `${latencyMs} ms` : '',
      [result, error, requestId ? `request ${requestId}` : undefined, advice].filter(Boolean).join('  '),
    ]);
    text += table(rows);
  }
  return text;
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
