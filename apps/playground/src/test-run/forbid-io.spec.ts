// What a plain spec may not do, and that a swallowed refusal is still known.
import { spawn } from 'node:child_process';
import { connect, createServer, Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { forbidIo, type Forbidden } from './forbid-io.ts';

let forbidden: Forbidden;
beforeEach(() => void (forbidden = forbidIo('x.spec.ts')));
afterEach(() => forbidden.lift());

test.each<[string, () => unknown, string]>([
  ['a server', () => createServer().listen(0), 'listens on a port'],
  ['a client', () => connect(1, '127.0.0.1'), 'opens a connection'],
  ['a socket', () => new Socket().connect(1), 'opens a connection'],
  ['a process', () => spawn('true'), 'starts a process'],
  [
    'a process that is waited for',
    () => process.getBuiltinModule('node:child_process').execFileSync('true'),
    'starts a process',
  ],
])('%s is refused with the name that the spec should have', (_, act, does) => {
  expect(act).toThrow(`x.spec.ts ${does}: a spec that does I/O is named .int.spec.ts`);
  expect(forbidden.attempts).toEqual([does]);
});

test('what swallows the refusal is remembered all the same', async () => {
  const client = new pg.Client({ host: '127.0.0.1', port: 1 });
  await client.connect().catch(() => undefined);
  expect(forbidden.attempts).toEqual(['opens a connection']);
});
