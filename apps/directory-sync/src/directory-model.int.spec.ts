// Whatever happens to a directory, one sync later it is what a first sync of the same workspace would make of it.
// MODEL_SEEDS: how many random sequences; MODEL_SEED: the first one.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { RecipientState, SlackEvent } from '@carillon/domain';
import { until } from '@carillon/messaging/testing';
import { linkByHand, unlink } from './links/link-by-hand.ts';
import { syncInstallation, type SyncPorts } from './syncs/sync-installation.ts';
import { clearEndedSyncs } from './syncs/sync-position.ts';
import { SyncSession } from './syncs/sync-session.ts';
import { endSync, keepSync, requestSyncs } from './syncs/sync-table.ts';
import { SeededRandom } from '@carillon/runtime/testing';
import { addresses, SlackChanges } from './testing/slack-changes.ts';
import { scopes, SyncStage } from './testing/sync-stage.ts';

const count = Number(process.env['MODEL_SEEDS'] ?? 4);
const firstSeed = Number(process.env['MODEL_SEED'] ?? 1);
const steps = 40;
const memberIds = ['ada', 'ben', 'cy', 'dee', 'twin'];

let stage: SyncStage;
beforeAll(async () => {
  stage = await SyncStage.start();
});
afterAll(() => stage?.stop());

/** More than a list of Slack's may lag behind its events. */
const tickMs = 20_000;

class Run {
  private clock = Date.now();
  private readonly random: SeededRandom;
  private readonly changes: SlackChanges;
  /** Not delivered yet, or to be delivered again. */
  private events: SlackEvent[] = [];
  private readonly members = new Map<string, string>();
  readonly recipients = new Map<string, RecipientState | null>();
  readonly done: string[] = [];

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.changes = new SlackChanges(stage.slack, stage.team, this.random, () => (this.clock += 1));
    jest.spyOn(Date, 'now').mockImplementation(() => this.clock);
  }

  private get db() {
    return stage.directory.pool;
  }

  async step(): Promise<void> {
    const what = this.random.below(12);
    if (what < 5) await this.changeSlack();
    else if (what < 7) await this.deliver();
    else if (what < 9) await this.changeMember();
    else if (what < 10) await this.decide();
    else await this.sync(this.random.chance(0.4));
    await this.hear();
  }

  async settle(): Promise<void> {
    // One that is gone is asked about a little later.
    await this.db.query('UPDATE channel_question SET not_before = now()');
    await until(async () => (await this.db.query('SELECT FROM channel_question')).rowCount === 0, 20_000);
    // The unfinished one may have begun long ago.
    await this.sync(false);
    this.clock += tickMs;
    await this.sync(false);
    await this.hear();
  }

  private async changeSlack(): Promise<void> {
    this.clock += tickMs;
    const events = await this.changes.change();
    this.clock += tickMs;
    this.done.push(`slack ${events.map(({ eventType }) => eventType).join()}`);
    if (this.random.chance(0.25)) return;
    this.events.push(...events);
    if (this.random.chance(0.4)) await this.deliver();
  }

  /** Some of the events, in any order; some of them again later. */
  private async deliver(): Promise<void> {
    const shuffled = this.events.map((event) => ({ event, key: this.random.next() })).sort((a, b) => a.key - b.key);
    const [now, later] = [shuffled.slice(0, 4), shuffled.slice(4)];
    const again = now.filter(() => this.random.chance(0.2));
    this.events = [...later, ...again].map(({ event }) => event);
    this.done.push(`told ${now.map(({ event }) => event.eventType).join()}`);
    await stage.directory.slackEvents(now.map(({ event }) => event));
  }

  private async changeMember(): Promise<void> {
    const memberId = this.random.oneOf(memberIds);
    this.done.push(`member ${memberId}`);
    if (this.members.has(memberId) && this.random.chance(0.2)) {
      this.members.delete(memberId);
      return stage.directory.memberGone(memberId);
    }
    const email = this.random.oneOf(addresses);
    this.members.set(memberId, email);
    return stage.directory.members([{ memberId, email }]);
  }

  private async decide(): Promise<void> {
    const memberId = this.random.oneOf(memberIds);
    const { asAdmin } = stage.directory;
    const slackUserId = this.random.oneOf([...this.changes.knownUsers, 'U0NOBODY']);
    const decided = this.random.chance(0.7)
      ? linkByHand(asAdmin, stage.installation, memberId, { slackUserId })
      : unlink(asAdmin, stage.installation, memberId);
    // Refused where the member, the Slack user or the list is not known.
    const how = await decided.then(
      () => 'stored',
      (error: { status?: number }) => {
        if (![400, 404, 409].includes(error.status ?? 0)) throw error;
        return 'refused';
      },
    );
    this.done.push(`decided ${memberId} ${slackUserId} ${how}`);
  }

  /** @param disturbed Slack changes while it is read, and the process may end at any page */
  private async sync(disturbed: boolean): Promise<void> {
    const { installation, directory } = stage;
    await requestSyncs(this.db, [installation], 'requested');
    let session: SyncSession | undefined;
    await until(async () => (session = await SyncSession.claim(this.db, 60_000)) !== undefined);
    const { sync, client } = session!;
    const slack = directory.slack.of(installation);
    const progress = { ...sync.progress };
    let pages = 0;
    const crashAt = disturbed && this.random.chance(0.6) ? 1 + this.random.below(6) : Infinity;
    const call: SyncPorts['call'] = async (method, args, signal) => {
      if ((pages += 1) >= crashAt) throw new Error('crash');
      const answer = await slack.call(method, { ...args, limit: disturbed ? 3 : 200 }, signal);
      if (disturbed && this.random.chance(0.4)) await this.changeSlack();
      return answer;
    };
    const keep: SyncPorts['keep'] = (reached = progress, own) => keepSync(own ?? this.db, sync, reached, 60_000);
    try {
      const { signal } = new AbortController();
      const synced = { teamId: stage.team, isEnterpriseInstall: false, teamIds: [], scopes: scopes.split(',') };
      await syncInstallation(session!, synced, { pool: this.db, call, keep, progress, signal });
      await endSync(this.db, sync, progress, { state: 'done' });
      await clearEndedSyncs(this.db, installation.installationId);
      this.done.push('synced');
    } catch (error) {
      if ((error as Error).message !== 'crash') throw error;
      this.done.push(`crashed at ${crashAt}`);
    } finally {
      client.removeAllListeners('error');
      client.on('error', () => undefined);
      session!.close();
    }
  }

  private async hear(): Promise<void> {
    for (const [key, state] of await stage.directory.published()) this.recipients.set(key, state);
  }

  /** What is known and published of the installation of a tenant. */
  async knownOf(tenantId: string, installationId: string): Promise<object> {
    const table = async (text: string): Promise<object[]> => (await this.db.query<object>(text, [installationId])).rows;
    const recipients = [...this.recipients]
      .filter(([key]) => key.startsWith(`${tenantId}:`))
      .map(([key, state]) => ({
        member: key.slice(tenantId.length + 1),
        state: state && {
          ...{ ...state, tenantId: '', version: 0 },
          links: state.links.map((link) => ({ ...link, installationId: '' })),
        },
      }))
      .filter(({ state }) => state !== null)
      .sort((a, b) => a.member.localeCompare(b.member));
    return {
      recipients,
      users: await table(
        `SELECT slack_user_id, team_id, name, email, email_key, time_zone, active FROM slack_user
          WHERE installation_id = $1 ORDER BY 1`,
      ),
      channels: await table(
        `SELECT channel_id, team_id, name, private, archived, member FROM channel WHERE installation_id = $1 ORDER BY 1`,
      ),
      links: await table(
        `SELECT member_id, status, team_id, slack_user_id, choice FROM link WHERE installation_id = $1 ORDER BY 1`,
      ),
    };
  }

  /** Another tenant with the same members and choices connects the same workspace now. */
  async fresh(): Promise<object> {
    const installationId = randomUUID();
    const members = [...this.members].map(([memberId, email]) => ({ tenantId: 'initech', memberId, email }));
    if (members.length > 0) await stage.directory.members(members);
    await this.db.query(
      `INSERT INTO link (tenant_id, member_id, installation_id, status, team_id, slack_user_id, choice)
       SELECT 'initech', member_id, $1, 'unmatched', team_id, slack_user_id, choice FROM link
        WHERE installation_id = $2 AND choice IS NOT NULL`,
      [installationId, stage.installation.installationId],
    );
    stage.tokens.tokens.set(installationId, await stage.slack.install(stage.team, scopes));
    stage.tokens.tenants.set(installationId, 'initech');
    const acme = stage.installation;
    await stage.directory.installation({ installationId, tenantId: 'initech', teamId: stage.team });
    stage.installation = { ...acme, installationId, tenantId: 'initech' };
    await this.sync(false);
    await this.hear();
    stage.installation = acme;
    return this.knownOf('initech', installationId);
  }
}

test.each(Array.from({ length: count }, (_, n) => firstSeed + n))('random sequence %i', async (seed) => {
  await stage.reset();
  try {
    await stage.connect({ users: [{ id: 'U0ADMIN', name: 'Admin', email: 'admin@else.test', admin: true }] });
    const run = new Run(seed);
    for (let n = 0; n < steps; n++) await run.step();
    await run.settle();
    const known = await run.knownOf('acme', stage.installation.installationId);
    expect({ seed, done: run.done, known }).toEqual({ seed, done: run.done, known: await run.fresh() });
  } finally {
    jest.restoreAllMocks();
    await stage.directory.close();
  }
});
