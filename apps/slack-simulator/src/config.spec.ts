import { expect, test } from '@jest/globals';
import { readConfig } from './config.ts';

test('an empty environment is enough', () => {
  expect(readConfig({})).toMatchObject({ host: '127.0.0.1', port: 3900, redirectUrls: [] });
});

test('every bad setting is told at once', () => {
  expect(() => readConfig({ PORT: 'x', EVENTS_URL: 'nowhere', EVENT_RETRY_DELAYS_MS: 'soon' })).toThrow(
    /PORT.*EVENTS_URL.*EVENT_RETRY_DELAYS_MS/,
  );
});

test('the app-level token and PKCE are checked', () => {
  expect(readConfig({ SLACK_PKCE: 'refused' })).toMatchObject({ pkce: 'refused', appToken: 'xapp-1-simulated' });
  expect(() => readConfig({ SLACK_PKCE: 'maybe', SLACK_APP_TOKEN: 'xoxb-1' })).toThrow(/SLACK_APP_TOKEN.*SLACK_PKCE/);
});

test('lists come with commas', () => {
  expect(readConfig({ REDIRECT_URLS: 'http://a.test/, http://b.test/x', EVENT_RETRY_DELAYS_MS: '0,10' })).toMatchObject(
    { redirectUrls: ['http://a.test/', 'http://b.test/x'], retryDelaysMs: [0, 10] },
  );
});
