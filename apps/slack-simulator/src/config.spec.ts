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

test('lists come with commas', () => {
  expect(readConfig({ REDIRECT_URLS: 'http://a.test/, http://b.test/x', EVENT_RETRY_DELAYS_MS: '0,10' })).toMatchObject(
    { redirectUrls: ['http://a.test/', 'http://b.test/x'], retryDelaysMs: [0, 10] },
  );
});
