// Codes that are bound to a browser by PKCE, on the real service and the simulated Slack.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { answerIn, Browser } from '../testing/browser.ts';
import { startInstallationService, type RunningInstallationService } from '../testing/running-service.ts';

let running: RunningInstallationService;
let places = 0;

beforeAll(async () => {
  running = await startInstallationService({ SLACK_PKCE: 'true' });
}, 60_000);
afterAll(() => running?.stop());

async function begin(): Promise<{ url: string; id: string; team: string }> {
  const team = `TPKCE${++places}`;
  const users = [{ id: `UPKCE${places}`, name: 'Ada', email: 'ada@acme.test', admin: true }];
  await running.slack.control('POST', 'workspaces', { id: team, name: `Pkce ${places}`, users });
  const request = { name: team, profile: 'direct', returnTo: 'http://127.0.0.1:3000/' };
  return {
    team,
    ...((await running.as('owner')('POST', '/v1/connections', request)).body as { url: string; id: string }),
  };
}

it('a browser that began connects', async () => {
  const { url, id, team } = await begin();
  const browser = new Browser();
  const authorize = new URL(await browser.goOn(url));
  expect(authorize.searchParams.get('code_challenge_method')).toBe('S256');
  expect((await browser.connect(url, { team })).error).toBeNull();
  await running.confirm(id);
});

it('a code of another flow is refused at the return address, and nothing is left of it', async () => {
  const [mine, theirs] = [await begin(), await begin()];
  const [browser, other] = [new Browser(), new Browser()];
  const callback = new URL(await browser.answerSlack(mine.url, { team: mine.team }));
  const foreign = new URL(await other.answerSlack(theirs.url, { team: theirs.team }));
  callback.searchParams.set('code', foreign.searchParams.get('code')!);
  expect(answerIn((await browser.step(callback.href)).location)).toEqual({
    installation: null,
    error: 'invalid_code_verifier',
  });
  const listed = await running.as('owner')('GET', '/v1/installations?limit=200');
  expect((listed.body as { items: { name: string }[] }).items.map(({ name }) => name)).not.toContain(theirs.team);
});
