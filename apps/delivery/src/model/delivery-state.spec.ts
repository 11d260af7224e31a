import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { deliveryStates, isTerminal, transitions } from './delivery-state.ts';

test('the table in docs/architecture.md lists every state with exactly its moves', () => {
  const page = readFileSync(new URL('../../../../docs/architecture.md', import.meta.url), 'utf8');
  const table = page.split("## The ledger's states")[1]!.split('\n## ')[0]!;
  const rows = [...table.matchAll(/^\| `(\w+)` +\| .+ \| ([\w, ]+?) +\|$/gm)].map(
    ([, state, moves]) => [state!, moves!.split(', ')] as const,
  );
  expect(Object.fromEntries(rows)).toEqual(
    Object.fromEntries(deliveryStates.map((state) => [state, [...transitions[state]]])),
  );
});

test('what has ended comes back only through its queue', () => {
  for (const state of deliveryStates.filter(isTerminal)) expect(transitions[state]).toEqual(['ready']);
});
