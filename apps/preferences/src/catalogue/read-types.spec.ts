// What an operator is told about a wrong file.
import { fileURLToPath } from 'node:url';
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

test('the shipped catalogue describes every type, with an example that fits it', () => {
  const { types } = readTypes(fileURLToPath(new URL('../../catalogue.yaml', import.meta.url)));
  expect(types.filter(({ description, example }) => !description || !example)).toEqual([]);
  expect(types.length).toBeGreaterThan(14);
  const own = types.filter(({ schema, template }) => !schema || !template).map(({ name }) => name);
  expect(own).toEqual(['report.ready']);
});

test.each([
  [
    'example.data.meeting',
    'schema: {type: object, properties: {meeting: {type: string}}, required: [meeting]}, example: {title: x, data: {}}',
  ],
  ['example.title', 'example: {to: [{member: ada}]}'],
  ['template.title', "template: {title: '{nope}'}"],
  ['schema.properties.a.pattern', "schema: {type: object, properties: {a: {type: string, pattern: '('}}}"],
  ['channels', 'allowedChannels: [email]'],
  ['cadence', 'cadences: [daily]'],
])('what the fields of a type say of each other is checked: %s', (field, fields) => {
  const text = `types: [{name: a, title: A, category: c, ${fields}}]`;
  expect(() => readTypes(file(text))).toThrow(`types a.${field}`);
});
