import { describe, expect, test } from '@jest/globals';
import { withoutQuery } from './url-without-query.ts';

describe('the address of an outgoing request on its span', () => {
  test('holds no query and no user', () => {
    expect(withoutQuery('https://me:secret@slack.com', '/api/oauth.v2.access?code=1&client_secret=2')).toEqual({
      'url.full': 'https://slack.com/api/oauth.v2.access',
      'url.path': '/api/oauth.v2.access',
      'url.query': '',
    });
  });
});
