// The one door for what Slack sends: checks the headers, reads the bytes, verifies the signature, and answers.
// Guarantees: nothing is parsed before the signature is verified; a request is answered within INGRESS_ANSWER_MS, with
// 2xx only after Kafka has the record; every refusal is counted by its reason; a request in work never holds another
// one back. What is published for a body is the caller's part.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { MessagingError } from '@carillon/messaging';
import { verifySignature } from '@carillon/slack';
import { createLogger, type Logger } from '@carillon/telemetry';
import { requestsInWork } from '../metrics.ts';
import { Capacity } from './capacity.ts';
import { checkHeaders } from './check-headers.ts';
import { readBody } from './read-body.ts';
import { refuse, Refused, type RefusalReason } from './refusal.ts';

/** What is answered with 200. Without a body Slack shows nothing. */
export interface Reply {
  contentType?: 'application/json' | 'text/plain';
  body?: string;
}

/** @param signal aborts when the answer is due */
export type Accept = (body: Buffer, signal: AbortSignal) => Promise<Reply>;

export interface SlackRequestsOptions {
  signingSecrets: readonly string[];
  answerMs: number;
  capacity: Capacity;
}

export class SlackRequests {
  private readonly log: Logger = createLogger('slack-requests');

  constructor(private readonly options: SlackRequestsOptions) {
    const { capacity } = options;
    requestsInWork.onRead((shown) => shown.set(capacity.inWork));
  }

  async receive(request: IncomingMessage, response: ServerResponse, accept: Accept): Promise<void> {
    const head = checkHeaders(request.headers, Date.now());
    if (typeof head === 'string') return refuse(request, response, head);
    const share = this.options.capacity.enter();
    if (!share) return refuse(request, response, 'overloaded');
    const due = new AbortController();
    const timer = setTimeout(() => due.abort(), this.options.answerMs);
    const late = new Promise<never>((_, reject) =>
      due.signal.addEventListener('abort', () => reject(new Refused('kafka_unavailable')), { once: true }),
    );
    const work = async (): Promise<Reply> => {
      const rawBody = await readBody(request, share);
      const signed = this.options.signingSecrets.some((signingSecret) =>
        verifySignature({ signingSecret, ...head, rawBody }),
      );
      if (!signed) throw new Refused('bad_signature');
      return accept(rawBody, due.signal);
    };
    try {
      reply(response, await Promise.race([work(), late]));
    } catch (error) {
      refuse(request, response, this.reasonOf(error));
    } finally {
      clearTimeout(timer);
      share.leave();
    }
  }

  private reasonOf(error: unknown): RefusalReason {
    if (error instanceof Refused) return error.reason;
    if (error instanceof MessagingError) return error.retry === 'never' ? 'not_publishable' : 'kafka_unavailable';
    this.log.error({ err: error }, 'a request of Slack failed');
    return 'kafka_unavailable';
  }
}

function reply(response: ServerResponse, { contentType, body = '' }: Reply): void {
  if (response.destroyed) return;
  response
    .writeHead(200, {
      ...(contentType !== undefined && { 'content-type': `${contentType}; charset=utf-8` }),
      'content-length': Buffer.byteLength(body),
    })
    .end(body);
}
