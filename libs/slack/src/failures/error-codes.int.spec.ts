// A new error code of Slack's touches error-codes.ts alone: this reads the sources of every project and finds any other
// production file that spells one. Callers ask a failure for its class instead.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { kindByCode } from './error-codes.ts';
import { kindByTransportError } from './transport-error.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const home = 'libs/slack/src/failures/error-codes.ts';
/** Words of HTTP and OAuth that other services use as well. A caller that means Slack's asks for the class too. */
const commonWords = new Set([
  ...['access_denied', 'internal_error', 'invalid_request', 'invalid_token', 'not_found', 'service_unavailable'],
]);
/** Codes of Slack's that are ours where they stand. */
const exemptions: Readonly<Record<string, readonly string[]>> = {
  'apps/delivery/src/channels/slack/slack-channel.ts': ['invalid_blocks'], // our own check, before Slack is called
  'libs/slack/src/failures/classify.ts': ['ratelimited'], // what HTTP status 429 means
};

/** The simulator is Slack; the workbench and helpers of specs play against it. */
const isProduction = (path: string): boolean =>
  /^(apps|libs)\/[^/]+\/src\/.*\.ts$/.test(path) &&
  !/^(apps\/(slack-simulator|playground|e2e|bench)|libs\/slack-testing)\/|\/testing\/|\.spec\.ts$/.test(path);

const productionFiles = ['apps', 'libs'].flatMap((folder) =>
  readdirSync(root + folder).flatMap((project) =>
    readdirSync(`${root}${folder}/${project}/src`, { recursive: true, encoding: 'utf8' })
      .map((path) => `${folder}/${project}/src/${path}`)
      .filter(isProduction),
  ),
);

function codesIn(path: string): string[] {
  const literals = readFileSync(root + path, 'utf8').matchAll(/(['"])(\w+)\1/g);
  const codes = new Set([...literals].map(([, , word = '']) => word).filter((word) => kindByCode.has(word)));
  return [...codes].filter((code) => !commonWords.has(code) && !exemptions[path]?.includes(code));
}

test('no other production file spells an error code of Slack’s', () => {
  expect(productionFiles.length).toBeGreaterThan(300);
  expect(codesIn(home).length).toBeGreaterThan(150);
  const spelled = productionFiles.filter((path) => path !== home).map((path) => [path, codesIn(path)] as const);
  expect(spelled.filter(([, codes]) => codes.length > 0)).toEqual([]);
});

test('a code that is Slack’s and ours has one class', () => {
  const both = Object.entries(kindByTransportError).filter(([code]) => kindByCode.has(code));
  expect(both).toEqual([['invalid_request', kindByCode.get('invalid_request')]]);
});

test('every exemption is in use', () => {
  for (const [path, words] of Object.entries(exemptions))
    for (const word of words) expect(readFileSync(root + path, 'utf8')).toContain(`'${word}'`);
});
