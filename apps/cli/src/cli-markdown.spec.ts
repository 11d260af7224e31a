// docs/cli.md is derived; UPDATE_DOCS=1 writes it again.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { expect, test } from '@jest/globals';
import { carillonProgram, commandsWithAction, exitStatusOf } from './carillon.ts';
import { cliMarkdown } from './cli-markdown.ts';
import { carillon } from './testing/test-terminal.ts';

const silent = { env: {}, cwd: '/', out: () => undefined, err: () => undefined, stdin: () => '' };
const program = carillonProgram(silent);
const pathOf = (command: Command): string[] => (command.parent ? [...pathOf(command.parent), command.name()] : []);
const commands = commandsWithAction(program).map((command) => [pathOf(command).join(' '), command] as const);

test('docs/cli.md is what the commands declare (else run with UPDATE_DOCS=1)', () => {
  const path = fileURLToPath(new URL('../../../docs/cli.md', import.meta.url));
  const text = cliMarkdown(program);
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(path, text);
  expect(readFileSync(path, 'utf8')).toBe(text);
});

test.each(commands)('%s has a help with every option in words, --json, and an exit status', async (name, command) => {
  const said = await carillon([...name.split(' '), '--help']);
  expect(said.code).toBe(0);
  expect(said.out).toContain(exitStatusOf(command));
  expect(command.description()).not.toBe('');
  expect(command.options.map(({ long }) => long)).toContain('--json');
  expect(command.options.filter(({ description }) => description === '').map(({ flags }) => flags)).toEqual([]);
  expect(command.registeredArguments.filter(({ description }) => description === '')).toEqual([]);
});
