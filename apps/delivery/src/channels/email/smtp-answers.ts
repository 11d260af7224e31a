// What an SMTP server's answer, or the lack of one, means for a delivery: a stable code, what to do, and whether
// trying again can help. It reads the reply code (RFC 5321) and, where the server gives one, the enhanced status code
// (RFC 3463). Guarantees: an attempt with a 4yz reply is repeated; a 5yz reply is final, except where it is about
// Carillon's connection and not about the message; the result is unknown only where the whole message may have been
// handed over and no reply came.
import type { SendResult, AttemptFacts } from '../../model/send-result.ts';

/** What nodemailer's errors carry. */
export interface SmtpError {
  message: string;
  code?: string | undefined;
  /** The command that was answered, or `CONN`, `API`. */
  command?: string | undefined;
  responseCode?: number | undefined;
  response?: string | undefined;
  originalCode?: unknown;
}

interface Answer {
  reply: number;
  /** Subject and detail of the enhanced code: `1.1` of `5.1.1`. */
  status: string;
  command: string;
  text: string;
}

interface Rule {
  error: string;
  advice: string;
  when: (answer: Answer) => boolean;
  /** The operator of Carillon has to repair the cause, so the message waits, even after a 5yz reply. */
  ours?: true;
  /** The whole lane sends more slowly. */
  slowDown?: true;
}

const statusIn =
  (...statuses: string[]) =>
  ({ status }: Answer): boolean =>
    statuses.includes(status);
/** Replies without an enhanced status code. */
const plainly =
  (replies: number[], ...commands: string[]) =>
  ({ reply, status, command }: Answer): boolean =>
    status === '' && replies.includes(reply) && commands.some((name) => command.startsWith(name));

const greylisting = /gr[ea]y-?\s?list/i;

/** The first rule that matches applies. */
const rules: readonly Rule[] = [
  {
    error: 'smtp_auth_failed',
    advice: "The mail server did not accept Carillon's login; correct SMTP_URL, and what waits goes out.",
    when: (answer) =>
      answer.command.startsWith('AUTH') ||
      [530, 534, 535, 538].includes(answer.reply) ||
      statusIn('7.8', '7.9')(answer),
    ours: true,
  },
  {
    error: 'smtp_tls_failed',
    advice: 'No encrypted connection to the mail server came about; check SMTP_URL and the certificates.',
    when: (answer) => answer.command === 'STARTTLS' || statusIn('7.10', '7.11')(answer),
    ours: true,
  },
  {
    error: 'too_many_connections',
    advice: 'The mail server wants fewer connections or closes for now; Carillon slows down by itself.',
    when: (answer) => answer.reply === 421 || /too many (concurrent )?(connections|sessions)/i.test(answer.text),
    ours: true,
    slowDown: true,
  },
  {
    error: 'mail_server_refuses_us',
    advice: 'The mail server does not talk to this machine; ask who runs it, or change SMTP_URL.',
    when: ({ command }) => /^(CONN|EHLO|HELO|LHLO)/.test(command),
    ours: true,
  },
  {
    error: 'relay_denied',
    advice: 'The mail server does not send to this domain for us; let it relay for Carillon, or log in (SMTP_URL).',
    when: ({ text, command }) => command.startsWith('RCPT') && /\brelay/i.test(text),
  },
  {
    error: 'mailbox_not_found',
    advice: 'There is no such mailbox; correct the address of the member or in the request.',
    when: (answer) => statusIn('1.1', '1.6')(answer) || plainly([550, 551], 'RCPT')(answer),
  },
  {
    error: 'domain_not_found',
    advice: "The address's domain takes no mail; correct the address.",
    when: statusIn('1.2', '1.10', '4.4'),
  },
  {
    error: 'address_not_valid',
    advice: 'The mail server does not take this as an address; correct it.',
    when: (answer) => statusIn('1.3')(answer) || plainly([501, 553], 'RCPT')(answer),
  },
  {
    error: 'message_too_big',
    advice: 'The message is larger than the mail server takes; link the files instead of attaching them.',
    when: (answer) => statusIn('3.4', '2.3')(answer) || plainly([552], 'MAIL', 'DATA')(answer),
  },
  {
    error: 'mailbox_full',
    advice: 'The mailbox is full; its owner has to make room.',
    when: (answer) => statusIn('2.2')(answer) || plainly([452, 552], 'RCPT')(answer),
  },
  { error: 'mailbox_disabled', advice: 'The mailbox takes no mail at present.', when: statusIn('2.1') },
  {
    error: 'sender_refused',
    advice: "The mail server does not take this sender; check the tenant's mail.from and MAIL_FROM.",
    when: (answer) => statusIn('1.7', '1.8')(answer) || (answer.command.startsWith('MAIL') && answer.reply >= 500),
  },
  {
    error: 'greylisted',
    advice: 'The mail server makes senders that it does not know wait; it takes the message on a later try.',
    when: (answer) =>
      answer.reply < 500 &&
      (greylisting.test(answer.text) ||
        (answer.reply === 451 && ['', '7.1'].includes(answer.status)) ||
        answer.status === '7.1'),
  },
  {
    error: 'blocked',
    advice:
      "The mail server's policy is against the message or the sender; its answer says why (SPF, DKIM, DMARC, a block list, a filter).",
    when: (answer) => answer.status.startsWith('7.') || plainly([554], 'RCPT', 'DATA')(answer),
  },
];

/**
 * @param handedOver whether all of the message may have left, its final dot included
 * @returns how the attempt ended
 */
export function endOf(error: SmtpError, handedOver: boolean, facts: AttemptFacts): SendResult {
  // A reply that belongs to no command (EPROTOCOL) says nothing about the message.
  if (error.responseCode !== undefined && error.code !== 'EPROTOCOL') return answered(error, error.responseCode, facts);
  if (handedOver)
    return {
      kind: 'unknown',
      error: errorWithoutAnswer(error),
      advice: 'The mail server had the whole message and did not say whether it took it.',
      facts,
    };
  return neverTaken(error, facts);
}

function answered({ response = '', command = '' }: SmtpError, reply: number, facts: AttemptFacts): SendResult {
  const [, status = ''] = /^\d{3}[ -][245]\.(\d{1,3}\.\d{1,3})\b/.exec(response) ?? [];
  const answer: Answer = { reply, status, command, text: response };
  const rule = rules.find(({ when }) => when(answer));
  const details = { error: rule?.error ?? `smtp_${reply}`, facts: { ...facts, status: reply } };
  // 503 is about the session, not about the message.
  if (reply >= 500 && reply !== 503 && rule?.ours !== true) {
    return { kind: 'refused', ...details, advice: rule?.advice ?? 'The mail server refused the message for good.' };
  }
  const delayMs = requestedDelayIn(response);
  return {
    kind: 'retry',
    ...details,
    advice: rule?.advice ?? 'The mail server asked to try again later.',
    ...(delayMs !== undefined && { delayMs }),
    ...(rule?.slowDown && { limited: 'smtp' }),
  };
}

function neverTaken(error: SmtpError, facts: AttemptFacts): SendResult {
  const code = errorWithoutAnswer(error);
  const advice = withoutAnswer[code];
  return code === 'address_not_valid' || code === 'message_too_big' || code === 'not_composed'
    ? { kind: 'refused', error: code, advice, facts }
    : { kind: 'retry', error: code, advice, facts };
}

const withoutAnswer = {
  address_not_valid: 'This is no address that mail can be sent to; correct it.',
  message_too_big: 'The message is larger than the mail server takes; link the files instead of attaching them.',
  not_composed: 'The message could not be put together; this is a defect of Carillon.',
  smtp_auth_failed: "The mail server did not accept Carillon's login; correct SMTP_URL, and what waits goes out.",
  smtp_tls_failed: 'No encrypted connection to the mail server came about; check SMTP_URL and the certificates.',
  mail_server_unknown: "The mail server's name has no address; check SMTP_URL.",
  mail_server_unreachable: 'No connection to the mail server came about; check that it runs, and SMTP_URL.',
  no_answer_in_time: 'The mail server did not answer in time; it is tried again.',
  connection_lost: 'The connection to the mail server ended early; it is tried again.',
} as const;

/** By nodemailer's error code: why no reply came. */
const byCode: Readonly<Record<string, keyof typeof withoutAnswer>> = {
  EENVELOPE: 'address_not_valid',
  EMAXRECIPIENTS: 'address_not_valid',
  EMESSAGE: 'message_too_big',
  ESTREAM: 'not_composed',
  EAUTH: 'smtp_auth_failed',
  ENOAUTH: 'smtp_auth_failed',
  EOAUTH2: 'smtp_auth_failed',
  ETLS: 'smtp_tls_failed',
  EREQUIRETLS: 'smtp_tls_failed',
  EDNS: 'mail_server_unknown',
  ETIMEDOUT: 'no_answer_in_time',
  EABORT: 'no_answer_in_time',
};

function errorWithoutAnswer({ code = '', originalCode }: SmtpError): keyof typeof withoutAnswer {
  if (code === 'ESOCKET' && /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/.test(String(originalCode)))
    return 'mail_server_unreachable';
  return byCode[code] ?? 'connection_lost';
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
const longestDelayMs = 3_600_000;

/** "… please try again in 300 seconds" */
function requestedDelayIn(response: string): number | undefined {
  const [, count, unit = ''] = /\b(?:in|after|within)\s+(\d{1,6})\s*(s|m|h)(?:ec|in|our)?/i.exec(response) ?? [];
  return count === undefined ? undefined : Math.min(Number(count) * units[unit.toLowerCase()]!, longestDelayMs);
}
