// The route that Slack sends events to. Guarantees: an event is published once, also where Slack sends it again to
// another process, and acknowledged only after Kafka has it; what Carillon does not subscribe to is acknowledged and
// dropped.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { slackEvent, type SlackEvent } from '@carillon/domain';
import { Publisher } from '@carillon/messaging';
import { Answers, Direct, Public } from '@carillon/runtime';
import { Controller, Post } from '@nestjs/common';
import { events } from '../metrics.ts';
import { ReceivedEvents } from '../received/received-events.ts';
import { Refused } from '../requests/refusal.ts';
import { SlackRequests, type Reply } from '../requests/slack-requests.ts';
import { readEvent } from './read-event.ts';

@Controller('slack/events')
@Public()
export class EventsController {
  constructor(
    private readonly requests: SlackRequests,
    private readonly received: ReceivedEvents,
    private readonly publisher: Publisher,
  ) {}

  @Direct()
  @Post()
  @Answers({
    status: 200,
    mediaType: null,
    description: 'Kafka has the event, or has had it before. The challenge, for `url_verification`.',
    problems: [400, 401, 413, 503],
  })
  receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    return this.requests.receive(request, response, (body, signal) => this.accept(body, signal));
  }

  private async accept(body: Buffer, signal: AbortSignal): Promise<Reply> {
    const read = readEvent(body, new Date());
    if (!read) throw new Refused('unreadable');
    if ('challenge' in read) return { contentType: 'text/plain', body: read.challenge };
    if ('unwanted' in read) {
      events.inc({ result: 'not_subscribed' });
      return {};
    }
    const claim = await this.received.claim(read.ids);
    if (claim === 'in_work') throw new Refused('in_work');
    if (claim === 'new') await this.publish(read.event, read.ids, signal);
    events.inc({ result: claim === 'new' ? 'published' : 'repeated' });
    return {};
  }

  private async publish(event: SlackEvent, ids: readonly string[], signal: AbortSignal): Promise<void> {
    try {
      await this.publisher.publish(slackEvent, [{ id: event.eventId, source, data: event }], {
        signal,
        validate: false,
      });
    } catch (error) {
      // The answer does not wait for it.
      void this.received.release(ids);
      throw error;
    }
    this.received.confirm(ids);
  }
}

const source = '/carillon/slack-ingress';
