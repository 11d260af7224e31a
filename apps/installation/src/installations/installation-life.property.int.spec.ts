// Any interleaving of what admins, Slack and failures do to an installation ends in one truth: what is stored is what
// Slack says, or asks for a reconnect, and everybody who reads installation.changed has heard the same. The real
// service, PostgreSQL and Kafka, and the simulated Slack. An answer of Slack's that is lost stands for a crash between
// the answer and our commit.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { slackEvent } from '@carillon/domain';
import type { Batch } from '@carillon/messaging';
import { until } from '@carillon/messaging/testing';
import fc from 'fast-check';
import { DataSource } from 'typeorm';
import { ConfirmConnection } from '../connecting/confirm-connection.ts';
import { Browser } from '../testing/browser.ts';
import {
  startInstallationService,
  type PublishedState,
  type RunningInstallationService,
} from '../testing/running-service.ts';
import { SlackTasks } from '../slack-tasks/slack-tasks.ts';
import { TokenUpkeep } from '../tokens/token-upkeep.ts';
import { HandleSlackEvents } from './handle-slack-events.ts';
import type { InstallationView } from './installation-view.ts';

let running: RunningInstallationService;
let places = 0;

beforeAll(async () => {
  running = await startInstallationService({ SLACK_TIMEOUT_MS: '1s' });
  // Slack allows one apps.uninstall a minute: what waits for that would take the test's time.
  await running.slack.control('POST', 'limits', { methods: { 'apps.uninstall': null, 'auth.revoke': null } });
}, 60_000);
afterAll(() => running?.stop());

const acts = [
  'connect',
  'grant',
  'expire',
  'disconnect',
  'delete',
  'revoke',
  'uninstall',
  'rotate',
  'outage',
  'lose',
] as const;
type Act = (typeof acts)[number];

/** One workspace, and the acts on it. */
class Place {
  readonly team = `TLIFE${++places}`;
  readonly tokens = new Set<string>();

  constructor(private readonly rotation: boolean) {}

  async open(): Promise<void> {
    const users = [{ id: `U${this.team}`, name: 'Ada', email: 'ada@acme.test', admin: true }];
    const body = { id: this.team, name: this.team, users, rotation: this.rotation };
    await running.slack.control('POST', 'workspaces', body);
  }

  async act(act: Act): Promise<void> {
    switch (act) {
      case 'connect':
      case 'grant':
        return this.connect(act === 'connect');
      case 'expire': {
        await this.sql(
          `UPDATE connection_attempt SET confirm_by = now() - interval '1 s' WHERE granted->>'workspaceId' = $1`,
        );
        return running.service.app.get(ConfirmConnection).endUnconfirmed();
      }
      case 'disconnect':
      case 'delete':
        return this.end(act);
      case 'revoke':
        await running.slack.control('POST', 'tokens/revoke', { team: this.team });
        return this.hear({ type: 'tokens_revoked', tokens: { bot: [(await this.view())?.botUserId ?? 'U0'] } });
      case 'uninstall':
        await running.slack.control('POST', 'uninstall', { team: this.team });
        return this.hear({ type: 'app_uninstalled' });
      case 'rotate':
        await this.sql(`UPDATE sealed_token t SET expires_at = now() + interval '1 min', refreshing_until = NULL
          FROM installation i WHERE i.id = t.installation_id AND i.workspace_id = $1 AND t.refresh_token IS NOT NULL`);
        return running.service.app.get(TokenUpkeep).run();
      case 'outage':
        return this.fault({ kind: 'http_500', count: 2 });
      case 'lose':
        await running.slack.control('POST', 'faults', [{ method: 'oauth.v2.access', kind: 'reset_after', count: 1 }]);
    }
  }

  /** The end of all faults and of all that goes on by itself. */
  async settle(): Promise<void> {
    await running.slack.control('DELETE', 'faults');
    await until(async () => (await this.sql('SELECT id FROM slack_task WHERE workspace_id = $1')).length === 0);
  }

  /** Delivery meets a dead token only when it sends, and reports it. */
  async send(): Promise<void> {
    const stored = await this.view();
    if (stored?.state !== 'active') return;
    const [issued] = (await this.issued(stored.id)).tokens;
    const { ok, error } = await running.slack.api(issued!.token, 'auth.test');
    if (ok) return;
    await running.as('service')('POST', '/v1/tokens/dead', { installationId: stored.id, error: String(error) });
  }

  async view(): Promise<InstallationView | undefined> {
    const [row] = await this.sql<{ id: string }>('SELECT id FROM installation WHERE workspace_id = $1');
    if (!row) return undefined;
    const answer = await running.as('owner')('GET', `/v1/installations/${row.id}`);
    return answer.status === 200 ? (answer.body as InstallationView) : undefined;
  }

  async issued(id: string): Promise<{ tokens: { token: string }[] }> {
    const answer = await running.as('service')('POST', '/v1/tokens', { installationIds: [id] });
    return answer.body as { tokens: { token: string }[] };
  }

  private async connect(confirmed: boolean): Promise<void> {
    const request = { name: this.team, profile: 'direct', returnTo: 'http://127.0.0.1:3000/' };
    const begun = (await running.as('owner')('POST', '/v1/connections', request)).body as { url: string; id: string };
    const { installation, error } = await new Browser().connect(begun.url, { team: this.team });
    expect(error).not.toBe('internal_error');
    if (!confirmed || installation === null) return;
    const { status } = await running.as('owner')('POST', `/v1/connections/${begun.id}/confirm`);
    expect([200, 404, 409]).toContain(status);
    for (const { token } of (await this.issued(installation)).tokens) this.tokens.add(token);
  }

  private async end(how: 'disconnect' | 'delete'): Promise<void> {
    const known = await this.view();
    if (!known) return;
    const path = `/v1/installations/${known.id}`;
    const [method, to] = how === 'delete' ? ['DELETE', path] : ['POST', `${path}/disconnect`];
    expect((await running.as('owner')(method, to)).status).toBeLessThan(500);
  }

  private fault(fault: object): Promise<void> {
    return running.slack.control('POST', 'faults', [{ team: this.team, ...fault }]);
  }

  private async hear(event: { type: string; tokens?: object }): Promise<void> {
    const payload = { team_id: this.team, event_time: Math.floor(Date.now() / 1000), event };
    const data = {
      eventId: randomUUID(),
      eventType: event.type,
      teamId: this.team,
      receivedAt: new Date().toISOString(),
      payload,
    };
    const { app } = running.service;
    const handler = new HandleSlackEvents(app.get(DataSource), app.get(SlackTasks));
    await handler.handle({ records: [{ data }] } as unknown as Batch<typeof slackEvent>);
  }

  private sql<T = unknown>(text: string): Promise<T[]> {
    return running.service.app.get(DataSource).query(text, [this.team]);
  }
}

test('any interleaving ends in what Slack says, or in a state that asks for a reconnect', async () => {
  const step = fc.array(fc.constantFrom(...acts), { minLength: 1, maxLength: 2 });
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(step, { minLength: 2, maxLength: 7 }), async (rotation, steps) => {
      const place = new Place(rotation);
      await place.open();
      await place.act('connect');
      for (const together of steps) await Promise.all(together.map((act) => place.act(act)));
      await place.settle();
      await place.send();
      const stored = await place.view();
      if (stored?.state === 'active') {
        const [issued] = (await place.issued(stored.id)).tokens;
        expect(await running.slack.api(issued!.token, 'auth.test')).toMatchObject({ ok: true, team_id: place.team });
      } else if (stored?.state !== 'pending' && stored?.state !== 'lost') {
        // Nothing that was handed out still works.
        for (const token of place.tokens)
          expect(await running.slack.api(token, 'auth.test')).toMatchObject({ ok: false });
      }
      if (stored && stored.state !== 'pending') {
        await until(() => running.newestState(stored.id)?.version === stored.version);
        expect(running.newestState(stored.id)).toMatchObject({
          state: stored.state,
          scopes: stored.scopes,
        } satisfies Partial<PublishedState>);
      }
    }),
    { numRuns: 15, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false },
  );
}, 120_000);
