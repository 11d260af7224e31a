// A stage that is still starting when its test is over leaves nothing behind.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { Stage } from './stage.ts';
import { stoppedByTeardown, teardown } from './teardown.ts';
import { until } from './until.ts';

const folder = mkdtempSync(join(tmpdir(), 'carillon-teardown-'));
chmodSync(folder, 0o711); // PostgreSQL's user has to get to its data
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The processes of the stage that live, as its playground writes them down. */
function pids(): number[] {
  const file = join(folder, 'processes.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }[]).map(({ pid }) => pid) : [];
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('a start that is under way is interrupted, and its processes end', async () => {
  const starting = Stage.start({ dataDir: folder }).then(
    () => 'started',
    (error: Error) => error.message,
  );
  const begun = await until('the first processes', () => pids().length > 1 && pids());
  expect(begun.filter(isAlive)).toEqual(begun);
  await teardown();
  expect(await starting).toBe('The start was interrupted.');
  expect(begun.filter(isAlive)).toEqual([]);
  expect(pids()).toEqual([]);
});

test('what runs is stopped although something else did not start, or does not stop', async () => {
  const stopped: string[] = [];
  const running = (name: string) => Promise.resolve({ stop: () => Promise.resolve(stopped.push(name)) });
  await stoppedByTeardown(() => running('first'));
  await expect(stoppedByTeardown(() => Promise.reject(new Error('no port')))).rejects.toThrow('no port');
  await stoppedByTeardown(() => Promise.resolve({ stop: () => Promise.reject(new Error('stuck')) }));
  await stoppedByTeardown(() => running('last'));
  await expect(teardown()).rejects.toThrow('stuck');
  expect(stopped).toEqual(['first', 'last']);
});
