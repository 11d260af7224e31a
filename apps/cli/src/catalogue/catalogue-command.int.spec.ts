// `carillon catalogue`, against a server that keeps types like preferences: what is compared, declared and refused.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { JsonServer } from '../testing/json-server.ts';
import { carillon } from '../testing/test-terminal.ts';

const server = new JsonServer();
let env: Record<string, string>;
let folder: string;
let stored: Map<string, object>;
let files = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'catalogue-'));
  env = { CARILLON_TOKEN: 'token', PREFERENCES_URL: await server.start() };
});
afterAll(() => {
  server.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  stored = new Map();
  server.reply = ({ method, body }) => {
    if (method === 'GET') return { status: 200, body: { items: [...stored.values()], nextCursor: null } };
    const type = JSON.parse(body) as { name: string; cadence: string };
    if (type.cadence === 'weekly')
      return { status: 400, body: { errors: [{ path: 'cadence', message: 'is not right' }] } };
    if (method === 'PUT') stored.set(type.name, type);
    return { status: 200, body: {} };
  };
});

const catalogue = (...argv: string[]) => carillon(['catalogue', ...argv], { env });

function file(...types: string[]): string {
  const path = join(folder, `${++files}.yaml`);
  writeFileSync(path, `types:\n${types.map((type) => `  - ${type}\n`).join('')}`);
  return path;
}

const one = '{name: a, title: A, category: c}';

test('apply declares what differs, and diff says so before and nothing after', async () => {
  const path = file(one, '{name: b, title: B, category: c}');
  expect(await catalogue('diff', path)).toMatchObject({ code: 1, out: 'added a\nadded b\n' });
  expect(await catalogue('apply', path)).toMatchObject({ code: 0 });
  expect([...stored.keys()]).toEqual(['a', 'b']);
  expect(await catalogue('diff', path)).toMatchObject({ code: 0, out: 'nothing differs\n' });
  const other = file('{name: a, title: Other, category: c, mutable: false}');
  expect(await catalogue('diff', other)).toMatchObject({ code: 1, out: 'changed a: title, mutable\n' });
});

test('nothing is declared where one type of several is wrong, and every wrong one is named', async () => {
  const wrong = (name: string): string => `{name: ${name}, title: B, category: c, cadence: weekly}`;
  const { code, err } = await catalogue('apply', file(one, wrong('b'), wrong('d')));
  expect(code).not.toBe(0);
  expect(stored.size).toBe(0);
  expect(err).toContain('b.cadence: is not right');
  expect(err).toContain('d.cadence: is not right');
});

test('a file that is wrong is named with its fields, and a dry run declares nothing', async () => {
  const { code, err } = await catalogue('check', file('{name: a, titel: A, category: c}'));
  expect(code).not.toBe(0);
  expect(err).toMatch(/\.yaml: types\[0\]\.titel: unknown field/);
  expect(await catalogue('apply', '--dry-run', file(one))).toMatchObject({ code: 0, out: 'added a\n' });
  expect(stored.size).toBe(0);
});
