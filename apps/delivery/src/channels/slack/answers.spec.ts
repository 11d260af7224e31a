import { expect, test } from '@jest/globals';
import { classify } from '@carillon/slack';
import { Answers } from './answers.ts';

const post = 'chat.postMessage';

test.each([
  'app_access_restricted',
  'team_access_not_granted',
  'two_factor_setup_required',
  'enterprise_is_restricted',
])('%s holds the installation and fails no delivery', (code) => {
  const reported: string[] = [];
  const answers = new Answers({
    forget: (id) => reported.push(id),
    reportDead: (id) => Promise.resolve(void reported.push(id)),
  });
  const failure = classify(post, { ok: false, error: code });
  expect(answers.end(post, 'i-1', { ok: false, failure, status: 200, latencyMs: 1 })).toEqual({
    kind: 'not_written',
    why: code,
    holdMs: 60_000,
  });
  // The token is alive.
  expect(reported).toEqual([]);
});
