import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { direct, useSimulator } from '../testing/fixture.ts';

const slack = useSimulator(() => ({ pkce: 'refused' }));
const verifier = 'v'.repeat(50);
const challenge = {
  code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  code_challenge_method: 'S256',
};

test('an app without PKCE learns when it exchanges the code that it may not use it', async () => {
  expect(await slack.access({ code: await slack.code(direct, challenge), code_verifier: verifier })).toMatchObject({
    error: 'pkce_not_allowed',
  });
  expect(await slack.access({ code: await slack.code(direct), code_verifier: verifier })).toMatchObject({
    error: 'pkce_not_allowed',
  });
  expect(await slack.access({ code: await slack.code(direct) })).toMatchObject({ ok: true });
});
