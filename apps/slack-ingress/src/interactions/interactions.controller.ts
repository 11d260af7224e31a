// The routes that Slack sends clicks, forms, commands and questions for options to. Guarantee: an interaction is
// acknowledged only after Kafka has it. Slack does not send an interaction again, so none is checked for repetition.
// Who answers the person is the consumer's part, through `response_url` or `trigger_id`.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { slackInteraction, type SlackInteraction } from '@carillon/domain';
import { Publisher } from '@carillon/messaging';
import { Answers, Direct, Public } from '@carillon/runtime';
import { Controller, Post } from '@nestjs/common';
import { interactions } from '../metrics.ts';
import { Refused } from '../requests/refusal.ts';
import { SlackRequests, type Reply } from '../requests/slack-requests.ts';
import { readCommand, readInteraction } from './read-interaction.ts';

const problems = [400, 401, 413, 503] as const;

@Controller('slack')
@Public()
export class InteractionsController {
  constructor(
    private readonly requests: SlackRequests,
    private readonly publisher: Publisher,
  ) {}

  @Direct()
  @Post('interactions')
  @Answers({ status: 200, mediaType: null, description: 'Kafka has the interaction.', problems })
  interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
    return this.requests.receive(request, response, (body, signal) =>
      this.publish(readInteraction(body, new Date()), signal),
    );
  }

  @Direct()
  @Post('commands')
  @Answers({ status: 200, mediaType: null, description: 'Kafka has the command.', problems })
  command(request: IncomingMessage, response: ServerResponse): Promise<void> {
    return this.requests.receive(request, response, (body, signal) =>
      this.publish(readCommand(body, new Date()), signal),
    );
  }

  /** Carillon's own messages load no options, so there are none. */
  @Direct()
  @Post('options')
  @Answers({ status: 200, mediaType: null, description: 'No options.', problems })
  options(request: IncomingMessage, response: ServerResponse): Promise<void> {
    return this.requests.receive(request, response, (body) => {
      if (!readInteraction(body, new Date())) throw new Refused('unreadable');
      return Promise.resolve({ contentType: 'application/json', body: '{"options":[]}' });
    });
  }

  private async publish(interaction: SlackInteraction | undefined, signal: AbortSignal): Promise<Reply> {
    if (!interaction) throw new Refused('unreadable');
    await this.publisher.publish(slackInteraction, [{ id: randomUUID(), source, data: interaction }], { signal });
    interactions.inc({ kind: interaction.kind });
    return {};
  }
}

const source = '/carillon/slack-ingress';
