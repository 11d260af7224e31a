// The commit messages of this repository are conventional, and the check sees the messages that are not.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { repository } from '../repository.ts';
import { run } from '../run.ts';

const check = (cwd: string): Promise<string> =>
  run(process.execPath, [join(import.meta.dirname, 'check-commits.ts')], { cwd });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'carillon-commits-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('every commit of this repository has a conventional message', async () => {
  const said = await check(repository);
  console.log(said);
  expect(said).toMatch(/^\d+ commit messages checked, 0 wrong$/m);
});

test('a folder that is no repository has no message to check', async () => {
  expect(await check(folder)).toMatch(/^0 commit messages checked/);
});

test('a shallow clone is checked as far as it goes', async () => {
  await history('deep', ['feat(delivery): one', 'fix: two', 'docs: three']);
  await run('git', ['clone', '--quiet', '--depth=2', `file://${join(folder, 'deep')}`, join(folder, 'shallow')]);
  expect(await check(join(folder, 'shallow'))).toMatch(/^2 commit messages checked, 0 wrong$/m);
});

test.each([
  ['no type', 'Fixed the thing', 'type-empty'],
  ['a type of our own', 'wip: something', 'type-enum'],
  ['a scope that is no project', 'feat(warehouse): shelves', 'scope-enum'],
  ['one wrong scope among right ones', 'feat(delivery,warehouse): shelves', 'scope-enum'],
  ['a first line beyond column 120', `feat: ${'x'.repeat(120)}`, 'header-max-length'],
  ['a body beyond column 120', `feat: x\n\n${'x'.repeat(121)}`, 'body-max-line-length'],
])('%s is refused', async (_, message, rule) => {
  await history(rule + message.length, ['feat(delivery): right', message]);
  await expect(check(join(folder, rule + message.length))).rejects.toThrow(new RegExp(`\\[${rule}\\]`));
});

test('the hook refuses what the check refuses', async () => {
  const hook = (message: string): Promise<string> =>
    run('sh', ['-c', 'cat > "$1" && .githooks/commit-msg "$1"', 'sh', join(folder, 'message')], { input: message });
  await hook('feat(delivery): right\n');
  await expect(hook('feat(warehouse): shelves\n')).rejects.toThrow(/scope-enum/);
});

/** A repository with one empty commit per message. */
async function history(name: string, messages: string[]): Promise<void> {
  const at = { cwd: folder };
  await run('git', ['init', '--quiet', name], at);
  const author = ['-c', 'user.name=Ada', '-c', 'user.email=ada@carillon.test', '-c', 'commit.gpgsign=false'];
  for (const message of messages) {
    await run('git', ['-C', name, ...author, 'commit', '--quiet', '--no-verify', '--allow-empty', '--file=-'], {
      ...at,
      input: message,
    });
  }
}
