// An explanation for people: the notification, then for each recipient the verdict and where it goes, and one line for
// each reason; for what keeps the notification from the recipient also what to do about it.
import { suppressingReasons } from '@carillon/domain';
import { printableLine } from '../printable.ts';
import { table } from '../terminal.ts';
import { reasonText, words } from '../timeline/show-timeline.ts';
import type { Decision, Explanation, PastExplanation, Reason } from './explanation.ts';

type Row = [label: string, ...texts: string[]];

export function showExplanation({ notificationId, type, content, recipients, reasons }: Explanation): string {
  const head: Row[] = [
    ['notification', notificationId ?? ''],
    ['what', `${type}  “${content.title}”`],
    ['text', content.body ?? ''],
  ];
  const sections = recipients.map(({ recipient, ...decision }) => section(recipient, decisionRows('', decision)));
  return [rowsText(head), ...sections, ...nobody(recipients, reasons)].join('\n');
}

export function showPastExplanation({ recipients, reasons, ...past }: PastExplanation): string {
  const head: Row[] = [
    ['notification', past.notificationId],
    ['what', `${past.type}  “${past.title ?? ''}”`],
    ['received', past.receivedAt ?? ''],
  ];
  const sections = recipients.map(({ recipient, then, now, changed }) => {
    const rows = decisionRows('then', then, then.decidedAt ? `at ${then.decidedAt}` : '');
    if (now === null) rows.push(['now', 'cannot be decided again: its type or its recipient is not known any more']);
    else if (changed) rows.push(...decisionRows('now', now));
    else rows.push(['now', 'the same']);
    return section(recipient, rows);
  });
  return [rowsText(head), ...sections, ...nobody(recipients, reasons)].join('\n');
}

function decisionRows(label: string, { verdict, mode, destinations, reasons }: Decision, when = ''): Row[] {
  const rows: Row[] = [[label, [verdict, words(mode), when].filter(Boolean).join(', ')]];
  for (const destination of destinations) rows.push(['', `to ${words(destination)}`]);
  const suppressing = verdict === 'suppress' ? suppressingReasons(reasons) : [];
  for (const reason of reasons) rows.push(...reasonRows(reason, suppressing.includes(reason)));
  return rows;
}

function reasonRows(reason: Reason, withAdvice: boolean): Row[] {
  const rows: Row[] = [['', `because ${reasonText(reason)}`]];
  if (withAdvice && reason.advice) rows.push(['', `  to do: ${reason.advice}`]);
  return rows;
}

function nobody(recipients: readonly unknown[], reasons: readonly Reason[]): string[] {
  if (recipients.length > 0) return [];
  return [
    section(
      'nobody is addressed',
      reasons.flatMap((reason) => reasonRows(reason, true)),
    ),
  ];
}

/** Rows without a label of their own belong to the one above. */
const section = (title: string, rows: readonly Row[]): string => {
  const labelled = rows.some(([label]) => label !== '');
  const lines = rows.map((row) => ['', ...(labelled ? row : row.slice(1))]);
  return `${printableLine(title)}\n${table(lines.map((line) => line.map(printableLine)))}`;
};

const rowsText = (rows: readonly Row[]): string =>
  table(rows.filter(([, text]) => text !== '').map((row) => row.map(printableLine)));
