// The controllers and providers of slack-ingress.
import { CONFIG, DATABASE, Lifecycle } from '@carillon/runtime';
import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import type { Pool } from 'pg';
import type { Config } from './config.ts';
import { EventsController } from './events/events.controller.ts';
import { InteractionsController } from './interactions/interactions.controller.ts';
import { ReceivedEvents } from './received/received-events.ts';
import { Capacity } from './requests/capacity.ts';
import { SlackRequests } from './requests/slack-requests.ts';

@Module({
  controllers: [EventsController, InteractionsController],
  providers: [
    {
      provide: SlackRequests,
      inject: [CONFIG],
      useFactory: (config: Config) =>
        new SlackRequests({
          signingSecrets: config.SLACK_SIGNING_SECRET,
          answerMs: config.INGRESS_ANSWER_MS,
          capacity: new Capacity({ requests: config.INGRESS_MAX_REQUESTS, bytes: config.INGRESS_MAX_BYTES }),
        }),
    },
    { provide: ReceivedEvents, inject: [DATABASE], useFactory: (pool: Pool) => new ReceivedEvents(pool) },
  ],
})
export class AppModule implements OnApplicationBootstrap {
  constructor(
    private readonly received: ReceivedEvents,
    private readonly lifecycle: Lifecycle,
  ) {}

  onApplicationBootstrap(): void {
    this.received.start();
    this.lifecycle.onStop('work', 'received events', () => this.received.stop());
  }
}
