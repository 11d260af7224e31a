// An admin connects a workspace: in a real browser, and what holds until the person who began has confirmed it.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { scopeProfiles, scopes } from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startChromium } from '../browser/chromium.ts';
import { until } from '../until.ts';
import { allow, begin, confirm } from './connect.ts';
import { call, installationOf, owner, stage, to, verdict, workspace } from './context.ts';

describe('connecting', () => {
  let browser: Browser;
  /** The product's settings page. */
  let settings: Server;
  let returnTo: string;

  beforeAll(async () => {
    browser = await startChromium();
    settings = createServer((_, response) => {
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end('<!doctype html><link rel="icon" href="data:,">Settings');
    });
    await new Promise<void>((resolve) => settings.listen(0, '127.0.0.1', resolve));
    returnTo = `http://127.0.0.1:${(settings.address() as AddressInfo).port}/settings`;
  });
  afterAll(async () => {
    await browser?.close();
    settings?.close();
  });

  /** The simulated Slack has none. */
  const iconOfSlack = (): string => `${stage.playground.slack.url}/favicon.ico`;

  /** A person's browser; `complaints` is what it reports on its console, violations of a page's policy among it. */
  async function openBrowser(): Promise<{ context: BrowserContext; page: Page; complaints: string[] }> {
    const context = await browser.newContext();
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      const { url } = message.location();
      if (url !== iconOfSlack()) complaints.push(`${message.type()}: ${message.text()} (${url})`);
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('requestfailed', (request) => complaints.push(`${request.url()}: ${request.failure()?.errorText}`));
    return { context, page, complaints };
  }

  test('an admin connects a workspace in a real browser, from the link to returnTo, with the cookie in force', async () => {
    await workspace('T0BROWSER');
    const { id, url } = await begin(owner, 'Our Slack', { profile: 'invite_only', returnTo });
    for (const method of ['HEAD', 'GET', 'HEAD', 'GET']) expect((await fetch(url, { method })).status).toBe(200);
    const { context, page, complaints } = await openBrowser();
    await page.goto(url);
    const shown = await page.locator('body').innerText();
    expect(shown).toContain('Connect a Slack workspace to Acme');
    expect(shown).toContain('olga of Acme asks to connect Slack as Our Slack.');
    for (const scope of scopeProfiles.invite_only.scopes) expect(shown).toContain(`${scope} ${scopes[scope].reason}`);

    await page.getByRole('button', { name: 'Continue to Slack' }).click();
    await page.waitForURL(`${stage.playground.slack.url}/oauth/v2/authorize?**`);
    const cookies = (await context.cookies(url)).filter(({ name }) => name.startsWith('carillon-connect-'));
    expect(cookies).toEqual([expect.objectContaining({ httpOnly: true, sameSite: 'Lax', path: '/slack/oauth' })]);

    const other = await openBrowser();
    await other.page.goto(url);
    expect(new URL(other.page.url()).searchParams.get('error')).toBe('wrong_browser');

    await page.getByLabel('Workspace').selectOption('T0BROWSER');
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForURL(`${returnTo}?**`);
    const answer = new URL(page.url()).searchParams;
    expect([...answer.keys()].sort()).toEqual(['connection', 'installation']);
    expect(answer.get('connection')).toBe(id);
    const installation = answer.get('installation')!;
    expect(await installationOf(installation)).toMatchObject({
      state: 'pending',
      name: 'Our Slack',
      teamId: 'T0BROWSER',
    });
    expect(await confirm(id)).toMatchObject({ status: 200, body: { id: installation, state: 'active' } });
    expect(await installationOf(installation)).toMatchObject({ state: 'active', connectedBy: 'olga' });
    expect(await context.cookies(url)).toEqual([]);
    expect([...complaints, ...other.complaints]).toEqual([]);
    await Promise.all([context.close(), other.context.close()]);
  });

  test("a stranger's workspace is not connected until the person who began confirms", async () => {
    const [channel] = await workspace('T0STRANGER');
    const { id, url } = await begin(owner, 'Whose Slack');
    const installation = await allow(url, 'T0STRANGER');
    const publish = async (name: string): Promise<object[]> => {
      const data = { tenantId: 'acme', type: 'report.ready', title: name, to: [to(installation, channel)] };
      await stage.product.publish([{ id: name, data }]);
      const notificationId = notificationIdOf('acme', stage.product.source, name);
      return until('its outcome', () => {
        const outcomes = stage.outcomes.of(notificationId);
        return outcomes.length > 0 && outcomes;
      });
    };
    expect((await confirm(id, { sub: 'oscar' })).status).toBe(403);
    expect((await confirm(id, { sub: 'olga', tenant: 'globex' })).status).toBe(404);
    expect((await confirm(id, { sub: 'olga', role: 'admin' })).status).toBe(403);
    const theirs = { by: { sub: 'olga', tenant: 'globex' } };
    expect((await call('installation', 'GET', `installations/${installation}`, theirs)).status).toBe(404);
    expect(await installationOf(installation)).toMatchObject({ state: 'pending' });
    expect(await publish('before it is confirmed')).toMatchObject([
      { outcome: 'suppressed', reason: 'unknown_installation' },
    ]);
    expect(await stage.slack.requests('chat.postMessage', 'T0STRANGER')).toMatchObject({ ok: 0, errors: 0 });

    expect((await confirm(id)).body).toMatchObject({ id: installation, state: 'active' });
    await until('preferences to know it', async () => (await verdict(to(installation))) === 'send');
    expect(await publish('after it is confirmed')).toMatchObject([{ outcome: 'delivered' }]);
  });
});
