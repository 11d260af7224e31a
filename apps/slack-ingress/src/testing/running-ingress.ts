// slack-ingress on real Kafka and PostgreSQL: one or several processes on one database, requests signed as Slack signs
// them, and a reader of what they publish.
import { randomUUID } from 'node:crypto';
import { slackEvent, slackInteraction, type SlackEvent, type SlackInteraction } from '@carillon/domain';
import type { Batch, Handles } from '@carillon/messaging';
import { consume } from '@carillon/messaging-nest';
import { createTestDatabase, type TestDatabase } from '@carillon/persistence/testing';
import { startForTest, testIssuer, type TestIssuer, type TestService } from '@carillon/runtime/testing';
import { sign } from '@carillon/slack';
import { Injectable, Module } from '@nestjs/common';
import { AppModule } from '../app.module.ts';
import { service } from '../service.ts';
import { environment, signingSecret } from './environment.ts';

const events: (SlackEvent & { key: string | null; bytes: string })[] = [];
const interactions: (SlackInteraction & { key: string | null; bytes: string })[] = [];

@Injectable()
class EventReader implements Handles<typeof slackEvent> {
  handle({ records }: Batch<typeof slackEvent>): Promise<void> {
    for (const { data, key, raw } of records) events.push({ ...data, key, bytes: String(raw.value) });
    return Promise.resolve();
  }
}

@Injectable()
class InteractionReader implements Handles<typeof slackInteraction> {
  handle({ records }: Batch<typeof slackInteraction>): Promise<void> {
    for (const { data, key, raw } of records) interactions.push({ ...data, key, bytes: String(raw.value) });
    return Promise.resolve();
  }
}

@Module({
  imports: [AppModule],
  controllers: [consume(slackEvent, EventReader), consume(slackInteraction, InteractionReader)],
})
class IngressAndReaders {}

export interface Answer {
  status: number;
  text: string;
  headers: Headers;
}

export interface Posted {
  headers?: Record<string, string>;
  secret?: string;
  /** Epoch seconds. */
  at?: number;
}

export interface Ingress {
  service: TestService;
  post(path: string, body: string, posted?: Posted): Promise<Answer>;
  metric(name: string): Promise<number>;
}

export class IngressStage {
  private readonly started: Ingress[] = [];

  private constructor(
    private readonly database: TestDatabase,
    private readonly issuer: TestIssuer,
  ) {}

  static async open(): Promise<IngressStage> {
    const [database, issuer] = await Promise.all([createTestDatabase(), testIssuer()]);
    return new IngressStage(database, issuer);
  }

  get databaseUrl(): string {
    return this.database.url;
  }

  /** One more process. The first one has the readers. */
  async start(env: Record<string, string> = {}): Promise<Ingress> {
    const running = await startForTest({
      ...service,
      name: `slack-ingress-${randomUUID()}`,
      module: this.started.length === 0 ? IngressAndReaders : AppModule,
      env: {
        ...environment,
        ...this.issuer.env,
        DATABASE_URL: this.database.url,
        KAFKA_BROKERS: process.env['TEST_KAFKA_BROKERS'] ?? '',
        KAFKA_SESSION_TIMEOUT_MS: '6s',
        ...env,
      },
    });
    const ingress: Ingress = {
      service: running,
      post: (path, body, posted) => post(running.url + path, body, posted),
      metric: async (name) => metricIn((await running.request('GET', '/metrics')).text, name),
    };
    this.started.push(ingress);
    return ingress;
  }

  eventsOf(teamId: string): typeof events {
    return events.filter((event) => event.teamId === teamId);
  }

  interactionsOf(teamId: string): typeof interactions {
    return interactions.filter((interaction) => interaction.teamId === teamId);
  }

  async close(): Promise<void> {
    await Promise.all(this.started.map(({ service: one }) => one.stop()));
    await Promise.all([this.issuer.close(), this.database.drop()]);
  }
}

async function post(
  url: string,
  body: string,
  { headers = {}, secret = signingSecret, at = Math.floor(Date.now() / 1000) }: Posted = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': body.startsWith('{') ? 'application/json' : 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': String(at),
      'x-slack-signature': sign({ signingSecret: secret, timestamp: at, rawBody: body }),
      ...headers,
    },
    body,
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

/** `name{reason="x"}` or `name`; 0 where it was not counted yet. */
function metricIn(text: string, name: string): number {
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length + 1));
}

/** A team of its own per test: the tests share the topics. */
export const newTeam = (): string => `T${randomUUID().slice(0, 8).toUpperCase()}`;

/** The body of an event as Slack sends it. */
export function eventBody(
  teamId: string,
  event: object = { type: 'team_join', user: { id: 'U1' } },
  over: object = {},
): string {
  return JSON.stringify({
    token: 'the-verification-token',
    team_id: teamId,
    api_app_id: 'A1',
    event,
    type: 'event_callback',
    event_id: `Ev${randomUUID()}`,
    event_time: Math.floor(Date.now() / 1000),
    authorizations: [
      { enterprise_id: null, team_id: teamId, user_id: 'UBOT', is_bot: true, is_enterprise_install: false },
    ],
    is_ext_shared_channel: false,
    ...over,
  });
}
