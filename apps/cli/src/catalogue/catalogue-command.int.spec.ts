// `carillon catalogue`, against a server that answers as preferences does: what is sent, shown and refused.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { JsonServer, type Reply } from '../testing/json-server.ts';
import { carillon } from '../testing/test-terminal.ts';

const server = new JsonServer();
let env: Record<string, string>;
let folder: string;
let files = 0;
let reply: Reply;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'catalogue-'));
  env = { CARILLON_TOKEN: 'token', PREFERENCES_URL: await server.start() };
  server.reply = () => reply;
});
afterAll(() => {
  server.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  server.requests.length = 0;
  reply = answer({ a: 'unchanged' });
});

const catalogue = (...argv: string[]) => carillon(['catalogue', ...argv], { env });
const answer = (changes: Record<string, string>, categories: object[] = []): Reply => ({
  status: 200,
  body: { types: Object.entries(changes).map(([name, change]) => ({ name, change, fields: [] })), categories },
});
const sent = (): unknown[] =>
  server.requests.map(({ method, url, body }) => [method, url, JSON.parse(body) as unknown]);

function file(text: string, path = join(folder, `${++files}.yaml`)): string {
  writeFileSync(path, text);
  return path;
}
const typesFile = (...types: string[]): string => file(`types:\n${types.map((type) => `  - ${type}\n`).join('')}`);

const one = '{name: a, title: A, category: c}';
const a = { name: 'a', title: 'A', category: 'c' };

test('all files, and the files of a folder, are one call, as they are written', async () => {
  const sub = join(folder, 'sub');
  mkdirSync(sub);
  file('categories: [{name: c, title: C}]', join(sub, 'categories.yaml'));
  file(`types: [${one}]`, join(sub, 'types.yaml'));
  file('no: yaml of a catalogue', join(sub, 'notes.txt'));
  await catalogue('apply', sub, typesFile('{name: b, title: B, category: c}'));
  expect(sent()).toEqual([
    [
      'POST',
      '/v1/types/apply',
      {
        types: [a, { name: 'b', title: 'B', category: 'c' }],
        categories: [{ name: 'c', title: 'C' }],
        dryRun: false,
        prune: false,
      },
    ],
  ]);
});

test.each([
  [['check'], { dryRun: true, prune: false }],
  [['diff', '--prune'], { dryRun: true, prune: true }],
  [['apply', '--dry-run'], { dryRun: true, prune: false }],
  [['apply', '--prune'], { dryRun: false, prune: true }],
])('%j asks for what it says', async (argv, asked) => {
  await catalogue(...argv, typesFile(one));
  expect(sent()).toEqual([['POST', '/v1/types/apply', expect.objectContaining(asked)]]);
});

test('diff says what differs, with 0 for nothing, 1 for something, 2 for what could not be compared', async () => {
  const path = typesFile(one);
  expect(await catalogue('diff', path)).toMatchObject({ code: 0, out: 'nothing differs\n' });
  reply = answer({ a: 'created', b: 'removed', d: 'unchanged' }, [
    { name: 'c', change: 'changed', fields: ['title'] },
    { name: 'k', change: 'kept', fields: [], reason: 'a file has it' },
  ]);
  expect(await catalogue('diff', path)).toMatchObject({
    code: 1,
    out: 'created a\nremoved b\nchanged category c: title\nkept category k: a file has it\n',
  });
  reply = answer({ a: 'kept' });
  expect((await catalogue('diff', path)).code).toBe(0);
  reply = { status: 409, body: { detail: 'a higher version is needed', errors: [] } };
  expect((await catalogue('diff', path)).code).toBe(2);
  expect((await catalogue('diff', typesFile('{name: a}'))).code).toBe(2);
  expect(
    (await carillon(['catalogue', 'diff', path], { env: { ...env, PREFERENCES_URL: 'http://127.0.0.1:1' } })).code,
  ).toBe(2);
});

test('every error of preferences is shown with the type and the field', async () => {
  const errors = [
    { path: 'a.cadence', message: 'is not among cadences' },
    { path: 'b.schema', message: 'data.who: was removed' },
  ];
  reply = { status: 400, body: { detail: 'not valid', errors } };
  expect(await catalogue('check', typesFile(one))).toEqual({
    code: 2,
    out: '',
    err: 'carillon: a.cadence: is not among cadences\nb.schema: data.who: was removed\n',
  });
});

test('a preferences that does not know the call is named', async () => {
  reply = { status: 404, body: {} };
  expect(await catalogue('apply', typesFile(one))).toMatchObject({ code: 1, err: expect.stringMatching(/as new as/) });
});

test('a file that is wrong is named with its fields, and nothing is sent', async () => {
  const twice = typesFile(one, one);
  const { code, err } = await catalogue(
    ...['apply', typesFile('{name: b, titel: B, category: c}'), twice, join(folder, 'none.yaml')],
  );
  expect(code).toBe(2);
  expect(err).toMatch(/\.yaml: types\[0\]\.titel: unknown field/);
  expect(err).toContain(`${twice}: types: a is declared twice`);
  expect(err).toMatch(/none\.yaml: ENOENT/);
  expect((await catalogue('apply', file('categories: []'))).err).toMatch(/no type is declared/);
  expect(server.requests).toEqual([]);
});
