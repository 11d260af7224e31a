// Malformed requests of every kind, made from a seed, with valid ones between them. Repeat a run with MALFORMED_SEED;
// `npm run bench -- malformed` is the same with 100,000.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { kafkaClient, repository } from '@carillon/playground';
import { afterAll, expect, test } from '@jest/globals';
import { seedOf } from './chaos/index.ts';
import { DecisionsAndLetters } from './malformed/decisions-and-letters.ts';
import { runMalformed, startMalformedStage } from './malformed/index.ts';
import type { Stage } from './stage.ts';
import { teardown } from './teardown.ts';
import { until } from './until.ts';

let stage: Stage;
afterAll(teardown);

test('4,000 malformed records: each a dead letter byte for byte; the 1,000 valid ones between are decided in order', async () => {
  const seed = seedOf('MALFORMED_SEED');
  process.stdout.write(`malformed: MALFORMED_SEED=${seed}\n`);
  stage = await startMalformedStage();
  const report = await runMalformed(stage, { seed, malformed: 4_000, valid: 1_000 });
  process.stdout.write(`malformed: ${JSON.stringify({ ...report, details: undefined })}\n`);
  expect(report.details).toEqual([]);
  expect(report).toMatchObject({ letters: 4_000, decided: 1_000, broken: 0 });
  expect(report.kinds).toBeGreaterThanOrEqual(100);
});

async function deadLetters(...flags: string[]): Promise<string> {
  const env = { PATH: process.env['PATH'], KAFKA_BROKERS: stage.playground.kafka.brokers.join(',') };
  const { stdout } = await promisify(execFile)('node_modules/.bin/carillon', ['dead-letters', ...flags], {
    cwd: repository,
    env,
  });
  return stdout;
}

interface Listed {
  place: string;
  reason: string;
  event: { id?: string };
}

const newest = async (reason: string): Promise<Listed> =>
  JSON.parse(await deadLetters('list', '--reason', reason, '--limit', '1', '--json')) as Listed;

test.each(['not_utf8', 'empty_value', 'id_reused'])(
  'a terminal shows a letter with the reason %s without its control characters',
  async (reason) => {
    const { place } = await newest(reason);
    const shown = await deadLetters('show', place);
    expect(shown).toMatch(new RegExp(`^reason +${reason}$`, 'm'));
    expect(shown).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  },
);

test('a letter whose cause is gone is decided when it is sent again', async () => {
  const seen = new DecisionsAndLetters(kafkaClient(stage.playground.kafka.brokers, 'e2e'));
  const data = { tenantId: 'acme', type: 'declared.later', to: [{ member: 'later' }], title: 'Later' };
  await stage.product.publish([{ id: 'later-1', data }]);
  const letter = await until('the letter', async () => {
    const found = await newest('unknown_type');
    return JSON.stringify(found).includes('later-1') && found;
  });
  const token = await stage.playground.token({ tenant: '', sub: 'ops', roles: ['operator'] });
  const declared = await fetch(`${stage.playground.service('preferences').url}/v1/types/declared.later`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ title: 'Declared later', category: 'reports', channels: ['slack'] }),
  });
  expect(declared.status).toBe(201);
  expect(await deadLetters('retry', letter.place)).toBe(`${letter.place}\n`);
  await seen.start();
  try {
    await until('the decision', () => seen.decided.get('member:later')?.includes('later-1'));
  } finally {
    await seen.stop();
  }
  expect(await newest('unknown_type')).not.toMatchObject({ place: letter.place });
});
