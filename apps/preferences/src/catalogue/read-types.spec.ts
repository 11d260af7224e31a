// What an operator is told about a wrong file.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTypes } from './read-types.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'declarations-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const path = join(folder, 'file.yaml');
  writeFileSync(path, text);
  return path;
}

test('a wrong field stops the start with the file and the field', () => {
  expect(() => readTypes(file('types:\n  - {name: a, title: A, category: c, chanels: [slack]}'))).toThrow(
    /file\.yaml: types\[0\]\.chanels: unknown field/,
  );
  expect(() => readTypes(file('types:\n  - {name: a, title: A, category: c}\n  - {name: b, title: B}'))).toThrow(
    /types\[1\]\.category/,
  );
});

test('a name declared twice, or a type that must be told but goes nowhere, is refused', () => {
  expect(() => readTypes(file('types: [{name: a, title: A, category: c}, {name: a, title: A, category: c}]'))).toThrow(
    /a is declared twice/,
  );
  expect(() => readTypes(file('types: [{name: a, title: A, category: c, mutable: false, channels: []}]'))).toThrow(
    /a\.channels/,
  );
});
