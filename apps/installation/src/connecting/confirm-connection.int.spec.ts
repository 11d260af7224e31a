// Who begins a connection is who ends it: the start page, the confirmation, and what becomes of a grant that nobody
// confirms. The real service, PostgreSQL and Kafka, and the simulated Slack.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@carillon/messaging/testing';
import { AuditLog } from '@carillon/runtime';
import { DataSource } from 'typeorm';
import type { InstallationView } from '../installations/installation-view.ts';
import { Browser, type Choice } from '../testing/browser.ts';
import { startInstallationService, type RunningInstallationService } from '../testing/running-service.ts';
import { ConfirmConnection } from './confirm-connection.ts';

let running: RunningInstallationService;
let workspaces = 0;
let team: string;

beforeAll(async () => {
  running = await startInstallationService();
}, 60_000);
afterAll(() => running?.stop());
beforeEach(async () => {
  team = await aWorkspace();
});

async function aWorkspace(over: object = {}): Promise<string> {
  const id = `TCONFIRM${++workspaces}`;
  const users = [{ id: `UCONFIRM${workspaces}`, name: 'Ada', email: 'ada@acme.test', admin: true }];
  await running.slack.control('POST', 'workspaces', { id, name: `Confirm ${workspaces}`, users, ...over });
  return id;
}

interface Begun {
  id: string;
  url: string;
}

async function begin(over: object = {}): Promise<Begun> {
  const request = { name: `Name ${workspaces} <b>`, profile: 'direct', returnTo: 'http://127.0.0.1:3000/', ...over };
  return (await running.as('owner')('POST', '/v1/connections', request)).body as Begun;
}

async function granted(over: object = {}, choice: Partial<Choice> = {}): Promise<Begun & { installation: string }> {
  const begun = await begin(over);
  const { installation } = await new Browser().connect(begun.url, { team, ...choice });
  return { ...begun, installation: installation! };
}

const owner = (method: string, path: string) => running.as('owner')(method, path);
const view = async (id: string) => (await owner('GET', `/v1/installations/${id}`)).body as InstallationView;
const connection = async (id: string) => (await owner('GET', `/v1/connections/${id}`)).body as { state: string };
const issued = async (installationId: string) =>
  (await running.as('service')('POST', '/v1/tokens', { installationIds: [installationId] })).body as {
    tokens: { token: string }[];
    unavailable: { reason: string }[];
  };

async function confirmAs(memberId: string, id: string, tenantId = 'acme', role = 'owner') {
  const token = await running.issuer.token({ memberId, tenantId, roles: [role as 'owner'] });
  return running.service.request('POST', `/v1/connections/${id}/confirm`, { token });
}

/** As if the time for the confirmation were over. */
async function letExpire(id: string): Promise<void> {
  const { app } = running.service;
  await app
    .get(DataSource)
    .query(`UPDATE connection_attempt SET confirm_by = now() - interval '1 s' WHERE id = $1`, [id]);
}

describe('the start page', () => {
  it('names the tenant, who asks, the installation and every scope with its reason', async () => {
    const { url } = await begin({ profile: 'invite_only' });
    const { status, html } = await new Browser().step(url);
    expect(status).toBe(200);
    for (const words of ['Acme', 'ada', 'users:read.email', 'Match people by their e-mail address.'])
      expect(html).toContain(words);
    expect(html).toContain(`Name ${workspaces} &#60;b&#62;`);
    expect(html).not.toContain('<b>');
  });

  it('is looked at by link previews, by a HEAD and by other browsers without being used up', async () => {
    const begun = await begin();
    await fetch(begun.url, { method: 'HEAD' });
    for (let n = 0; n < 3; n++) await new Browser().step(begun.url);
    expect((await new Browser().connect(begun.url, { team })).error).toBeNull();
  });

  it('goes on only by its own form, in the browser that has seen it', async () => {
    const { url } = await begin();
    const link = new URL(url).searchParams.get('connection')!;
    const seen = new Browser();
    const { html } = await seen.step(url);
    const proof = /name="proof" value="([^"]+)"/.exec(html)![1]!;
    const form = new URLSearchParams({ connection: link, proof });
    const start = url.split('?')[0]!;
    // A form of another site: no cookie of ours, or a made-up proof.
    expect((await new Browser().step(start, form)).location).toContain('error=wrong_browser');
    const forged = new URLSearchParams({ connection: link, proof: 'x' });
    expect((await seen.step(start, forged)).location).toContain('error=wrong_browser');
    expect((await seen.step(start, form)).location).toContain('/oauth/v2/authorize?');
  });

  it('runs nothing, is framed by nobody and kept by no cache', async () => {
    const response = await fetch((await begin()).url);
    const policy = response.headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    // A browser would apply it to the redirects to Slack and to the return address too.
    expect(policy).not.toContain('form-action');
    expect(response.headers.get('cache-control')).toBe('no-store');
  });
});

describe('a grant of Slack', () => {
  it('stays pending, and unknown to everybody else, until the person who began confirms it', async () => {
    const { id, installation } = await granted();
    expect(await view(installation)).toMatchObject({ state: 'pending', teamId: team });
    expect(await connection(id)).toMatchObject({ state: 'pending', begunBy: 'ada', granted: { workspaceId: team } });
    expect((await issued(installation)).unavailable).toMatchObject([{ reason: 'unknown' }]);
    expect((await confirmAs('mallory', id)).status).toBe(403);
    expect((await confirmAs('ada', id, 'globex')).status).toBe(404);
    expect((await confirmAs('ada', id, 'acme', 'admin')).status).toBe(403);
    expect((await view(installation)).state).toBe('pending');
    const confirmed = await confirmAs('ada', id);
    expect([confirmed.status, confirmed.body]).toMatchObject([200, { id: installation, state: 'active' }]);
    // The first state that anybody hears of.
    expect(await running.publishedState(installation, 1)).toMatchObject({ state: 'active' });
    expect((await confirmAs('ada', id)).body).toMatchObject({ id: installation, state: 'active' });
    expect(await connection(id)).toMatchObject({ state: 'confirmed' });
  });

  it('may be confirmed by the id of the installation too', async () => {
    const { installation } = await granted();
    expect((await confirmAs('ada', installation)).body).toMatchObject({ state: 'active' });
  });

  it('is not confirmed before Slack has answered', async () => {
    const { id } = await begin();
    expect((await confirmAs('ada', id)).status).toBe(409);
    expect(await connection(id)).toMatchObject({ state: 'begun' });
    expect((await confirmAs('ada', 'no-such-id')).status).toBe(404);
  });

  it('that nobody confirms in time leaves nothing behind, at Slack either', async () => {
    const { id, installation } = await granted();
    await letExpire(id);
    expect((await confirmAs('ada', id)).status).toBe(409);
    expect((await owner('GET', `/v1/installations/${installation}`)).status).toBe(404);
    expect(await connection(id)).toMatchObject({ state: 'refused', refused: { code: 'not_confirmed' } });
    await until(
      async () =>
        (await running.slack.control<{ total: number }>('GET', `requests?method=auth.revoke&team=${team}`)).total === 1,
    );
    await running.service.app.get(AuditLog, { strict: false }).flush();
    const audited = await owner('GET', `/v1/audit?subject=connection:${id}`);
    expect(audited.body).toMatchObject({
      items: [
        { action: 'connection.refused', detail: { reason: 'not_confirmed' } },
        { action: 'connection.granted' },
        { action: 'connection.begun' },
      ],
    });
  });

  it('is ended by the service itself when its time is over', async () => {
    const { id, installation } = await granted();
    await letExpire(id);
    await running.service.app.get(ConfirmConnection).endUnconfirmed();
    expect((await owner('GET', `/v1/installations/${installation}`)).status).toBe(404);
  });

  it('of an installation that works changes nothing before the confirmation, and takes nothing away when it expires', async () => {
    const first = await granted();
    await confirmAs('ada', first.id);
    const before = await view(first.installation);
    const wider = await granted({ profile: 'public', installationId: first.installation, name: undefined });
    expect(wider.installation).toBe(first.installation);
    expect(await view(first.installation)).toEqual(before);
    await letExpire(wider.id);
    await running.service.app.get(ConfirmConnection).endUnconfirmed();
    expect(await view(first.installation)).toEqual(before);
    const { tokens } = await issued(first.installation);
    expect(await running.slack.api(tokens[0]!.token, 'auth.test')).toMatchObject({ ok: true });
  });

  it('takes the place of an earlier one of the same workspace that was not confirmed', async () => {
    const earlier = await granted();
    const later = await granted({ name: 'Later' });
    expect(later.installation).toBe(earlier.installation);
    expect((await confirmAs('ada', earlier.id)).status).toBe(409);
    expect((await confirmAs('ada', later.id)).body).toMatchObject({ state: 'active', name: 'Later' });
  });

  it('of a workspace that another tenant connected meanwhile is refused at the confirmation', async () => {
    const { id } = await granted();
    const request = { name: 'Globex', profile: 'direct', returnTo: 'http://127.0.0.1:3000/' };
    const theirs = (await running.as('owner', 'globex')('POST', '/v1/connections', request)).body as Begun;
    await new Browser().connect(theirs.url, { team });
    expect((await confirmAs('ada', theirs.id, 'globex')).status).toBe(200);
    const refused = await confirmAs('ada', id);
    expect([refused.status, refused.text]).toEqual([409, expect.stringContaining('Another customer')]);
  });

  it('that was fewer scopes than asked counts as it is, and says what is missing', async () => {
    const { id, installation } = await granted(
      { profile: 'full' },
      { granted: 'chat:write,im:write,users:read,users:read.email' },
    );
    await confirmAs('ada', id);
    const { capabilities, missingScopes } = await view(installation);
    expect(capabilities).toContain('direct_messages');
    expect(capabilities).not.toContain('attach_files');
    expect(missingScopes).toContain('files:write');
  });

  it('can be given up by deleting the pending installation, whose token is then revoked', async () => {
    const { id, installation } = await granted();
    expect((await owner('POST', `/v1/installations/${installation}/disconnect`)).status).toBe(409);
    expect((await owner('DELETE', `/v1/installations/${installation}`)).status).toBe(204);
    expect((await confirmAs('ada', id)).status).toBe(404);
    await until(
      async () =>
        (await running.slack.control<{ total: number }>('GET', `requests?method=auth.revoke&team=${team}`)).total === 1,
    );
  });
});
