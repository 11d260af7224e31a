// What the command prints, at the simulated Slack, which checks a manifest as Slack does and obeys it afterwards.
import { scopeProfileNames, scopeProfiles } from '@carillon/domain';
import { SlackSimulator } from '@carillon/slack-testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { carillon } from '../testing/test-terminal.ts';

let slack: SlackSimulator;
beforeAll(async () => {
  slack = await SlackSimulator.start();
});
afterAll(() => slack.stop());

test.each(scopeProfileNames)(
  'the manifest of %s is accepted, and lets the app ask for its scopes and no others',
  async (profile) => {
    const { out } = await carillon([
      'manifest',
      '--profile',
      profile,
      '--url',
      'https://carillon.example.com',
      '--json',
    ]);
    await slack.control('POST', '/_sim/manifest', { manifest: JSON.parse(out) as object });
    const authorize = (scope: string): Promise<Response> => {
      const query = new URLSearchParams({ client_id: '1000.2000', scope, redirect_uri: 'http://127.0.0.1/callback' });
      return fetch(`${slack.url}/oauth/v2/authorize?${query.toString()}`);
    };
    expect((await authorize(scopeProfiles[profile].scopes.join(','))).status).toBe(200);
    expect(await (await authorize('chat:write,reminders:write')).text()).toContain('invalid_scope');
  },
);
