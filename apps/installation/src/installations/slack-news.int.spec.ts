// What Slack's events make of an installation: the real service, PostgreSQL and Kafka, and the simulated Slack.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { slackEvent } from '@carillon/domain';
import { Publisher } from '@carillon/messaging';
import { until } from '@carillon/messaging/testing';
import { DataSource } from 'typeorm';
import { Browser } from '../testing/browser.ts';
import { startInstallationService, type RunningInstallationService } from '../testing/running-service.ts';
import { TokenUpkeep } from '../tokens/token-upkeep.ts';
import type { InstallationView } from './installation-view.ts';

let running: RunningInstallationService;
let places = 0;

beforeAll(async () => {
  running = await startInstallationService({ SLACK_TOKEN_ROTATION: 'true' });
}, 60_000);
afterAll(() => running?.stop());
beforeEach(() => running.slack.control('DELETE', 'faults'));

async function aWorkspace(over: object = {}): Promise<string> {
  const id = `TNEWS${++places}`;
  const users = [{ id: `UNEWS${places}`, name: 'Ada', email: 'ada@acme.test', admin: true }];
  await running.slack.control('POST', 'workspaces', { id, name: `News ${places}`, users, ...over });
  return id;
}

async function connected(place: string, profile = 'invite_only'): Promise<string> {
  const request = { name: `In ${place}`, profile, returnTo: 'http://127.0.0.1:3000/' };
  const { url, id } = (await running.as('owner')('POST', '/v1/connections', request)).body as {
    url: string;
    id: string;
  };
  const { installation, error } = await new Browser().connect(url, { team: place });
  expect(error).toBeNull();
  await running.confirm(id);
  return installation!;
}

const view = async (id: string) =>
  (await running.as('owner')('GET', `/v1/installations/${id}`)).body as InstallationView;
const tokensOf = async (...installationIds: string[]) =>
  (
    (await running.as('service')('POST', '/v1/tokens', { installationIds })).body as {
      tokens: { token: string; expiresAt?: string }[];
    }
  ).tokens;

/** As slack-ingress publishes it. */
async function hear(
  place: { teamId?: string; enterpriseId?: string },
  event: { type: string },
  isOrgWide = false,
): Promise<void> {
  const payload = {
    event_time: Math.floor(Date.now() / 1000) + 2,
    authorizations: [{ team_id: isOrgWide ? null : place.teamId, is_enterprise_install: isOrgWide }],
    event,
  };
  const data = {
    ...place,
    eventId: randomUUID(),
    eventType: event.type,
    receivedAt: new Date().toISOString(),
    payload,
  };
  const publisher = running.service.app.get(Publisher, { strict: false });
  await publisher.publish(slackEvent, [{ id: data.eventId, source: '/slack', data }]);
}

describe('a workspace', () => {
  it('that was renamed, or got another domain, is shown so, whatever the event says', async () => {
    const team = await aWorkspace();
    const id = await connected(team);
    await running.slack.control('POST', 'workspaces', { id: team, name: 'Renamed', domain: 'renamed' });
    await hear({ teamId: team }, { type: 'team_rename', ...{ name: 'an older name' } });
    await until(async () => (await view(id)).teamName === 'Renamed');
    expect(await view(id)).toMatchObject({ teamDomain: 'renamed', state: 'active' });
    await hear({ teamId: team }, { type: 'team_domain_change' });
    const { items } = (await running.as('owner')('GET', `/v1/audit?subject=installation:${id}&limit=1`)).body as {
      items: { action: string; detail: object }[];
    };
    expect(items[0]).toMatchObject({
      action: 'installation.updated',
      detail: { changes: { teamName: { after: 'Renamed' } } },
    });
  });

  it('that joined an organisation belongs to it', async () => {
    const team = await aWorkspace();
    const id = await connected(team);
    await running.slack.control('POST', 'workspaces', { id: team, enterpriseId: `ENEWS${places}` });
    await hear({ teamId: team }, { type: 'grid_migration_finished' });
    await until(async () => (await view(id)).enterpriseId === `ENEWS${places}`);
  });

  it('whose Slack gives no answer is asked again, and holds back the news of no other', async () => {
    const [silent, other] = [await aWorkspace(), await aWorkspace()];
    const [silentId, otherId] = [await connected(silent), await connected(other)];
    await running.slack.control('POST', 'faults', [
      { team: silent, method: 'auth.test', kind: 'timeout_before', value: 3_000 },
    ]);
    await running.slack.control('POST', 'uninstall', { team: other });
    await hear({ teamId: silent }, { type: 'app_uninstalled' });
    await hear({ teamId: other }, { type: 'app_uninstalled' });
    const started = performance.now();
    await until(async () => (await view(otherId)).state === 'lost');
    expect(performance.now() - started).toBeLessThan(10_000);
    expect((await view(silentId)).state).toBe('active');
    await running.slack.control('POST', 'uninstall', { team: silent });
    await running.slack.control('DELETE', 'faults');
    await until(async () => (await view(silentId)).state === 'lost');
  });
});

describe('an organisation-wide installation', () => {
  it('covers the workspaces that the organisation’s admins add, and ends as a whole', async () => {
    const enterprise = `EWIDE${++places}`;
    await running.slack.control('POST', 'orgs', { id: enterprise, name: 'Wide' });
    const [first, second] = [
      await aWorkspace({ enterpriseId: enterprise }),
      await aWorkspace({ enterpriseId: enterprise }),
    ];
    const id = await connected(enterprise);
    expect(await view(id)).toMatchObject({ isEnterpriseInstall: true, enterpriseId: enterprise });
    expect(await view(id)).not.toHaveProperty('teamId');
    await running.slack.control('POST', 'orgs/access', { enterprise, grant: [first, second] });
    await hear({ enterpriseId: enterprise }, { type: 'team_access_granted' }, true);
    await until(async () => (await view(id)).teamIds?.length === 2);
    expect((await view(id)).teamIds).toEqual([first, second].sort());
    await running.slack.control('POST', 'orgs/access', { enterprise, revoke: [first] });
    await hear({ enterpriseId: enterprise }, { type: 'team_access_revoked' }, true);
    await until(async () => (await view(id)).teamIds?.length === 1);
    // Which installation serves a workspace, with one of its own and without.
    const serving = async (team: string) =>
      ((await running.as('admin')('GET', `/v1/installations?team=${team}`)).body as { items: { id: string }[] }).items;
    expect((await serving(second)).map((one) => one.id)).toEqual([id]);
    expect(await serving(first)).toEqual([]);
    // News of a covered workspace is news of the organisation's installation.
    const [{ token }] = (await tokensOf(id)) as [{ token: string }];
    await running.slack.control('POST', 'uninstall', { team: enterprise });
    await hear({ teamId: second, enterpriseId: enterprise }, { type: 'app_uninstalled' }, true);
    await until(async () => (await view(id)).state === 'lost');
    expect(await running.slack.api(token, 'auth.test')).toMatchObject({ ok: false });
  });
});

describe('tokens', () => {
  it('that expire soon are exchanged before anybody asks for them', async () => {
    const team = await aWorkspace({ rotation: true, tokenLifetimeSeconds: 43_200 });
    const id = await connected(team);
    const [before] = await tokensOf(id);
    await running.service.app
      .get(DataSource)
      .query(`UPDATE sealed_token SET expires_at = now() + interval '10 min' WHERE installation_id = $1`, [id]);
    await running.service.app.get(TokenUpkeep).run();
    const [after] = await tokensOf(id);
    expect(after!.token).not.toBe(before!.token);
    expect(Date.parse(after!.expiresAt!) - Date.now()).toBeGreaterThan(11 * 3_600_000);
  });

  it('that do not expire are exchanged for pairs that do, once the app has token rotation', async () => {
    const team = await aWorkspace();
    const id = await connected(team);
    const [before] = await tokensOf(id);
    expect(before!.expiresAt).toBeUndefined();
    await running.service.app.get(TokenUpkeep).run();
    expect(await tokensOf(id)).toEqual([before]);
    await running.slack.control('POST', 'workspaces', { id: team, rotation: true });
    // What Slack refused is tried an hour later.
    await running.service.app
      .get(DataSource)
      .query('UPDATE sealed_token SET refreshing_until = NULL WHERE installation_id = $1', [id]);
    await running.service.app.get(TokenUpkeep).run();
    const [after] = await tokensOf(id);
    expect(after!.expiresAt).toEqual(expect.any(String));
    expect(await running.slack.api(after!.token, 'auth.test')).toMatchObject({ ok: true });
  });

  it('whose exchange was lost with its answer are asked for once, and the installation asks for a reconnect', async () => {
    const team = await aWorkspace();
    const id = await connected(team);
    await running.slack.control('POST', 'workspaces', { id: team, rotation: true });
    await running.slack.control('POST', 'faults', [{ method: 'oauth.v2.exchange', kind: 'reset_after', count: 1 }]);
    await running.service.app.get(TokenUpkeep).run();
    expect(await view(id)).toMatchObject({ state: 'active' });
    await running.service.app.get(TokenUpkeep).run();
    expect(await view(id)).toMatchObject({ state: 'lost' });
  });
});
