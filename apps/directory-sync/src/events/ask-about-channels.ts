// Asks Slack about the channels of which an event said too little, and stores the answer. Guarantees: an installation
// is asked by one process at a time, and a slow Slack of one holds back no other; what Slack does not show the app is
// not kept; a question that cannot be answered is asked again, less and less often, and given up after a day.
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Retry } from '@carillon/domain';
import { defineStatement, inTransaction } from '@carillon/persistence';
import { CONFIG, DATABASE, Lifecycle } from '@carillon/runtime';
import type { SlackAnswer } from '@carillon/slack';
import { createLogger } from '@carillon/telemetry';
import type { Pool } from 'pg';
import { removeChannels, storeChannels } from '../channels/store-channels.ts';
import type { Config } from '../config.ts';
import { lockTenants } from '../links/relink.ts';
import { SlackClients, type CallingInstallation } from '../slack/slack-clients.ts';
import { channelsOf } from '../slack/slack-people.ts';
import { noteGone } from '../syncs/staged-deletions.ts';
import { failureOf, SyncFailure } from '../syncs/sync-failure.ts';

const atOnce = 8;
const leaseMs = 60_000;
/** The pause doubles each time: these are some 20 hours. */
const mostAttempts = 14;
const firstPauseMs = 5_000;

interface Question extends CallingInstallation {
  channelId: string;
  attempt: number;
}

const claim = defineStatement({
  parameters: { most: 'integer', busy: 'text[]' },
  text: (p) => `
WITH due AS (
  SELECT DISTINCT ON (installation_id) installation_id, channel_id FROM channel_question
   WHERE not_before <= now() AND installation_id <> ALL (${p.busy}) ORDER BY installation_id, not_before),
picked AS (
  SELECT q.installation_id, q.channel_id FROM channel_question q JOIN due USING (installation_id, channel_id)
   WHERE q.not_before <= now() ORDER BY q.not_before LIMIT ${p.most} FOR UPDATE OF q SKIP LOCKED),
claimed AS (
  UPDATE channel_question q SET attempt = attempt + 1, not_before = now() + interval '${leaseMs} ms' FROM picked
   WHERE q.installation_id = picked.installation_id AND q.channel_id = picked.channel_id
  RETURNING q.installation_id, q.channel_id, q.tenant_id, q.attempt)
SELECT c.installation_id AS "installationId", c.channel_id AS "channelId", c.tenant_id AS "tenantId", c.attempt,
       i.team_id AS "teamId", i.enterprise_id AS "enterpriseId"
  FROM claimed c LEFT JOIN installation i ON i.installation_id = c.installation_id`,
});

const parameters = { installationId: 'text', channelId: 'text' } as const;
/** One that was asked anew meanwhile stays: what was answered may be older. */
const forget = defineStatement({
  parameters: { ...parameters, attempt: 'integer' },
  text: (p) => `
DELETE FROM channel_question
 WHERE installation_id = ${p.installationId} AND channel_id = ${p.channelId} AND attempt = ${p.attempt}`,
});
const postpone = defineStatement({
  parameters: { ...parameters, pauseMs: 'float8' },
  text: (p) => `
UPDATE channel_question SET not_before = now() + ${p.pauseMs} * interval '1 ms'
 WHERE installation_id = ${p.installationId} AND channel_id = ${p.channelId}`,
});
const selectActive = defineStatement({
  parameters: { installationId: 'text' },
  text: (p) => `
SELECT FROM installation
 WHERE installation_id = ${p.installationId} AND NOT deleted AND NOT to_be_erased AND state = 'active'`,
});

@Injectable()
export class AskAboutChannels implements OnApplicationBootstrap {
  private readonly log = createLogger('channels');
  private readonly stopping = new AbortController();
  private readonly running = new Map<string, Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private claiming: Promise<void> | undefined;

  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    @Inject(CONFIG) private readonly config: Config,
    private readonly slack: SlackClients,
    lifecycle: Lifecycle,
  ) {
    lifecycle.onStop('work', 'questions about channels', () => this.stop());
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.wake(), this.config.SYNC_POLL_MS);
    this.wake();
  }

  /** Asks at once, if it was started. */
  wake(): void {
    if (!this.timer || this.stopping.signal.aborted) return;
    this.claiming ??= this.start()
      .catch((error: unknown) =>
        this.log.warn({ err: error }, 'the channels to ask about could not be read; the next poll tries again'),
      )
      .finally(() => (this.claiming = undefined));
  }

  private async stop(): Promise<void> {
    clearInterval(this.timer);
    this.stopping.abort(new Error('shutting down'));
    await this.claiming;
    await Promise.all(this.running.values());
  }

  private async start(): Promise<void> {
    const most = atOnce - this.running.size;
    if (most <= 0) return;
    const { rows } = await this.pool.query<Question>(claim({ most, busy: [...this.running.keys()] }));
    for (const question of rows) {
      const asking = this.ask(question)
        .catch((error: unknown) => this.failed(question, error))
        .finally(() => {
          this.running.delete(question.installationId);
          this.wake();
        });
      this.running.set(question.installationId, asking);
    }
  }

  private async ask(question: Question): Promise<void> {
    const { installationId, channelId: channel } = question;
    const active = await this.pool.query(selectActive({ installationId }));
    // The next sync after it is connected again lists the channel.
    if (active.rowCount === 0) return this.forget(question);
    const at = Date.now();
    const answer = await this.slack
      .of(question)
      .call(
        'conversations.info',
        { channel },
        AbortSignal.any([this.stopping.signal, AbortSignal.timeout(leaseMs / 2)]),
      );
    await this.store(question, answer, at);
  }

  private async store(question: Question, answer: SlackAnswer, at: number): Promise<void> {
    if (!answer.ok) {
      const { failure } = answer;
      const { retry } = failureOf('conversations.info', failure);
      if (retry !== 'never') return this.postpone(question, retry);
      // What the app may not see is as good as not there; a token or scope that is missing says nothing of the channel.
      return failure.scope === 'destination' ? this.remove(question, at) : this.forget(question);
    }
    const body = answer.body['channel'];
    const [found] = channelsOf([body], '');
    if (!found || (found.private && !found.member)) return this.remove(question, at);
    const teamId = question.teamId ?? teamOf(body);
    if (teamId === undefined) return this.forget(question);
    const { installationId, tenantId } = question;
    const { channel_id: id, team_id: _, ...row } = found;
    await inTransaction(this.pool, async (client) => {
      await lockTenants(client, [tenantId]);
      const active = await client.query(selectActive({ installationId }));
      if (active.rowCount === 0) return;
      await storeChannels(client, [{ installationId, id, teamId, ...row, knownAt: at }]);
    });
    await this.forget(question);
  }

  private async remove(question: Question, at: number): Promise<void> {
    const { installationId, tenantId, channelId: id } = question;
    await inTransaction(this.pool, async (client) => {
      await lockTenants(client, [tenantId]);
      await removeChannels(client, [{ installationId, id }], at);
      await noteGone(client, 'channels', [{ installationId, id, at }]);
    });
    await this.forget(question);
  }

  private async forget({ installationId, channelId, attempt }: Question): Promise<void> {
    await this.pool.query(forget({ installationId, channelId, attempt }));
  }

  private async postpone(question: Question, retry: Exclude<Retry, 'never'>): Promise<void> {
    const { installationId, channelId, attempt } = question;
    if (attempt >= mostAttempts) return this.forget(question);
    const pauseMs =
      typeof retry === 'object' ? retry.afterMs : firstPauseMs * 2 ** attempt * (0.75 + Math.random() / 2);
    await this.pool.query(postpone({ installationId, channelId, pauseMs }));
  }

  private async failed(question: Question, error: unknown): Promise<void> {
    if (this.stopping.signal.aborted) return;
    const { installationId, tenantId } = question;
    const isFinal = error instanceof SyncFailure && error.retry === 'never';
    this.log.warn({ err: error, installationId, tenantId }, 'a question about a channel failed');
    await (isFinal ? this.forget(question) : this.postpone(question, 'later')).catch(() => undefined);
  }
}

/** Of an organisation-wide installation. */
function teamOf(channel: unknown): string | undefined {
  const team = (channel as { context_team_id?: unknown } | undefined)?.context_team_id;
  return typeof team === 'string' ? team : undefined;
}
