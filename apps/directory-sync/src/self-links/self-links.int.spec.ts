// Members who link their own Slack account: PostgreSQL, the simulated Slack with its sign-in, and browsers with
// cookies.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Problem, type Identity } from '@carillon/runtime';
import { unlink, linkByHand } from '../links/link-by-hand.ts';
import { changePolicy } from '../policy/change-policy.ts';
import type { DirectoryPolicy } from '../policy/directory-policy.ts';
import { linksIn, SyncStage } from '../testing/sync-stage.ts';
import { selfLinkingOf } from './self-linking.ts';
import { SelfLinksController } from './self-links.controller.ts';

let stage: SyncStage;
/** Stands for the service's routes; the guard and the schemas are those of every route. */
let server: Server;
let publicUrl = '';
let controller: SelfLinksController;

beforeAll(async () => {
  stage = await SyncStage.start();
  server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) =>
      response.writeHead(500).end(JSON.stringify({ detail: String((error as Error).stack) })),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(async () => {
  await stage.reset();
  controller = another();
  await stage.directory.members([{ memberId: 'ada' }, { memberId: 'ben' }]);
  await stage.connect({
    users: [
      { id: 'U0ADMIN', name: 'Admin', email: 'admin@else.test', admin: true },
      { id: 'U1', name: 'Ada', email: 'private@home.test' },
      { id: 'U2', name: 'Ben', email: 'ben@acme.test' },
      { id: 'U3', name: 'Guest', email: 'guest@home.test', guest: true },
    ],
  });
  stage.directory.runner();
  await stage.ended();
  await stage.directory.published();
});
afterEach(() => stage.directory.close());
afterAll(async () => {
  server?.close();
  await stage?.stop();
});

/** The routes as another process of the service has them. */
function another(change: object = {}): SelfLinksController {
  const { config, pool, audit, slack } = stage.directory;
  const linking = selfLinkingOf({ ...config, PUBLIC_URL: publicUrl, ...change }, pool, audit, slack);
  return new SelfLinksController(pool, audit, linking);
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url!, publicUrl);
  if (request.method === 'GET') return controller.callback(Object.fromEntries(url.searchParams), request, response);
  const memberId = url.searchParams.get('as')!;
  const caller: Identity = { tenantId: 'acme', tenantIds: ['acme'], memberId, roles: ['member'] };
  const returnTo = url.searchParams.get('returnTo') ?? undefined;
  try {
    const body = await controller.begin(caller, stage.installation.installationId, { returnTo }, response);
    response.end(JSON.stringify(body));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    response.writeHead(error.status).end(JSON.stringify({ detail: error.message, errors: error.errors }));
  }
}

class Browser {
  private cookie = '';

  async begin(as: string, returnTo?: string): Promise<{ status: number; url: string; detail?: string }> {
    const query = new URLSearchParams({ as, ...(returnTo && { returnTo }) });
    const response = await fetch(`${publicUrl}/?${query.toString()}`, { method: 'POST' });
    this.cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? this.cookie;
    return { status: response.status, ...((await response.json()) as { url: string }) };
  }

  /** Slack's page, and where it sends the browser. */
  async atSlack(url: string, user: string, choice: object = {}): Promise<string> {
    const form = new URLSearchParams({
      ...Object.fromEntries(new URL(url).searchParams),
      ...{ team: stage.team, user, decision: 'allow' },
      ...choice,
    });
    const response = await fetch(url.split('?')[0]!, { method: 'POST', body: form, redirect: 'manual' });
    return response.headers.get('location')!;
  }

  async back(url: string): Promise<{ status: number; location: string | null; html: string }> {
    const response = await fetch(url, { headers: { cookie: this.cookie }, redirect: 'manual' });
    return { status: response.status, location: response.headers.get('location'), html: await response.text() };
  }

  /** The whole way. */
  async link(as: string, user: string, choice: object = {}): Promise<{ status: number; html: string }> {
    return this.back(await this.atSlack((await this.begin(as)).url, user, choice));
  }
}

const links = async () => linksIn(await stage.directory.published());
const manual = (slackUserId: string) => [{ status: 'manual', teamId: stage.team, slackUserId }];
const audited = async () =>
  (
    await stage.directory.pool.query<{ line: string }>(
      `SELECT concat_ws(' ', actor_id, action, outcome, detail->>'reason') AS line FROM audit_entry ORDER BY seq`,
    )
  ).rows.map(({ line }) => line);
const allow = (policy: DirectoryPolicy) => {
  const { pool, audit, asAdmin } = stage.directory;
  return changePolicy(pool, audit, asAdmin.caller, 'acme', policy);
};

test('a member whose addresses differ links the account that Slack proves, by whatever process, and a sync keeps it', async () => {
  const browser = new Browser();
  const { url } = await browser.begin('ada');
  const asked = Object.fromEntries(new URL(url).searchParams);
  expect(asked).toMatchObject({ team: stage.team, response_type: 'code', scope: 'openid' });
  expect(asked).toHaveProperty('nonce', expect.stringMatching(/^[\w-]{43}$/));
  expect(asked).not.toHaveProperty('code_challenge');
  const answered = await browser.atSlack(url, 'U1');
  controller = another();
  expect(await browser.back(answered)).toMatchObject({ status: 200, html: expect.stringContaining('is linked') });
  expect(await links()).toEqual({ ada: manual('U1') });
  await stage.again();
  expect(await links()).toEqual({});
  const { rows } = await stage.directory.pool.query('SELECT chosen_by, chosen_how FROM link WHERE choice IS NOT NULL');
  expect(rows).toEqual([{ chosen_by: 'ada', chosen_how: 'self' }]);
  expect(await audited()).toEqual(['ada link.begun done', 'ada link.set done']);
});

test("an address that one browser began links nothing in another's, which may be somebody else's", async () => {
  const [attacker, victim] = [new Browser(), new Browser()];
  const { url } = await attacker.begin('ada');
  await victim.begin('ben');
  const answered = await victim.atSlack(url, 'U2');
  expect(await victim.back(answered)).toMatchObject({ status: 400, html: expect.stringContaining('another browser') });
  expect(await links()).toEqual({});
});

test('an address works once, for ten minutes, and only with the state that was given', async () => {
  const browser = new Browser();
  const answered = await browser.atSlack((await browser.begin('ada')).url, 'U1');
  const [first, second] = await Promise.all([browser.back(answered), browser.back(answered)]);
  expect([first.status, second.status].sort()).toEqual([200, 400]);
  expect((await browser.back(answered)).html).toContain('used already');
  const forged = new URL(answered);
  forged.searchParams.set('state', 'x'.repeat(43));
  expect(await browser.back(forged.href)).toMatchObject({ status: 400, html: expect.stringContaining('not valid') });
  const late = await browser.atSlack((await browser.begin('ada')).url, 'U1');
  await stage.directory.pool.query("UPDATE self_link_attempt SET expires_at = now() - interval '1 second'");
  expect((await browser.back(late)).html).toContain('ten minutes');
});

test('a browser goes back to an allowed address, with what became of it', async () => {
  const browser = new Browser();
  expect(await browser.begin('ada', 'https://evil.test/')).toMatchObject({ status: 400 });
  controller = another({ RETURN_TO_ORIGINS: ['https://app.test'] });
  const begun = await browser.begin('ada', 'https://app.test/settings?tab=slack&error=old');
  const cancelled = await browser.back(await browser.atSlack(begun.url, 'U1', { decision: 'cancel' }));
  expect(cancelled).toMatchObject({ status: 303, location: 'https://app.test/settings?tab=slack&error=cancelled' });
  const again = await browser.begin('ada', cancelled.location!);
  const { location } = await browser.back(await browser.atSlack(again.url, 'U1'));
  expect(location).toBe(`https://app.test/settings?tab=slack&linked=${stage.installation.installationId}`);
});

test('an account that another member has by hand stays theirs, until an admin changes it', async () => {
  const { asAdmin } = stage.directory;
  await linkByHand(asAdmin, stage.installation, 'ben', { slackUserId: 'U1' });
  expect((await new Browser().link('ada', 'U1')).html).toContain('Another member has this Slack account');
  expect(await links()).toEqual({ ben: manual('U1') });
  await unlink(asAdmin, stage.installation, 'ben');
  expect((await new Browser().link('ada', 'U1')).status).toBe(200);
  expect((await audited()).filter((line) => line.startsWith('ada'))).toEqual([
    ...['ada link.begun done', 'ada link.refused refused held_by_another'],
    ...['ada link.begun done', 'ada link.set done'],
  ]);
});

test('a link that was removed comes back when the member links it', async () => {
  await unlink(stage.directory.asAdmin, stage.installation, 'ben');
  expect(await links()).toEqual({ ben: [{ status: 'removed' }] });
  expect((await new Browser().link('ben', 'U2')).status).toBe(200);
  expect(await links()).toEqual({ ben: manual('U2') });
});

test('the policy can forbid it, before and after the browser went to Slack, and keeps guests out', async () => {
  const browser = new Browser();
  expect((await browser.link('ada', 'U3')).html).toContain('is a guest');
  const answered = await browser.atSlack((await browser.begin('ada')).url, 'U1');
  await allow({ guests: 'all', selfLink: false });
  expect((await browser.back(answered)).html).toContain('does not let members link');
  expect(await browser.begin('ada')).toMatchObject({ status: 403 });
  await allow({ guests: 'all', selfLink: true });
  expect((await browser.link('ada', 'U3')).status).toBe(200);
});

test('somebody of another workspace, a deactivated person and a new one are told apart', async () => {
  const other = `${stage.team}X`;
  await stage.slack.workspace({
    ...{ id: other, name: 'Other' },
    users: [{ id: 'U9', name: 'Eve', email: 'eve@other.test', admin: true }],
  });
  await stage.slack.install(other, 'users:read');
  expect((await new Browser().link('ada', 'U9', { team: other })).html).toContain('another workspace');

  const browser = new Browser();
  const answered = await browser.atSlack((await browser.begin('ada')).url, 'U1');
  await stage.directory.pool.query("UPDATE slack_user SET active = false WHERE slack_user_id = 'U1'");
  expect((await browser.back(answered)).html).toContain('is deactivated');

  await stage.slack.workspace({ id: stage.team, users: [{ id: 'U7', name: 'New', email: 'new@home.test' }] });
  expect((await browser.link('ada', 'U7')).status).toBe(200);
  expect(await links()).toMatchObject({ ada: manual('U7') });
});

test('what Slack does not prove links nothing', async () => {
  const browser = new Browser();
  const { url } = await browser.begin('ada');
  const withoutNonce = new URL(url);
  withoutNonce.searchParams.delete('nonce');
  expect((await browser.back(await browser.atSlack(withoutNonce.href, 'U1'))).html).toContain('did not prove');
  const answered = new URL(await browser.atSlack((await browser.begin('ada')).url, 'U1'));
  answered.searchParams.set('code', 'of somebody else');
  expect((await browser.back(answered.href)).html).toContain('did not prove');
  controller = another({ SLACK_CLIENT_SECRET: 'wrong' });
  expect((await browser.link('ada', 'U1')).status).toBe(400);
  await stage.slack.faults([{ method: 'openid.connect.token', kind: 'http_500', count: 1 }]);
  controller = another();
  expect((await browser.link('ada', 'U1')).html).toContain('Slack gave no answer');
  expect(await links()).toEqual({});
});

test('a member who is not known, and an installation that is not connected, are told before', async () => {
  const browser = new Browser();
  expect(await browser.begin('nobody')).toMatchObject({ status: 404 });
  await stage.directory.pool.query("UPDATE installation SET state = 'lost'");
  expect(await browser.begin('ada')).toMatchObject({ status: 409, detail: expect.stringContaining('not connected') });
  controller = another({ SLACK_CLIENT_ID: undefined });
  expect(await browser.begin('ada')).toMatchObject({ status: 409, detail: expect.stringContaining('SLACK_CLIENT_ID') });
});
