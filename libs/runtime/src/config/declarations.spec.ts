// What an operator is told about a wrong file of tenants.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTenants } from './declarations.ts';

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

test('a wrong field, or a tenant declared twice, stops the start with the file and the field', () => {
  expect(() => readTenants(file('tenants: [{id: "a b", name: A}]'))).toThrow(/file\.yaml: tenants\[0\]\.id/);
  expect(() => readTenants(file('tenants: [{id: a, name: A}, {id: a, name: B}]'))).toThrow(/a is declared twice/);
});

test('a tenant belongs to a cell that is listed', () => {
  const tenants = 'tenants: [{id: a, name: A}, {id: b, name: B, cell: "1"}]';
  expect(() => readTenants(file(tenants))).toThrow(/tenants: b belongs to cell 1, which `cells` does not list/);
  const one = '{id: "1", deliveryUrl: "http://one"}';
  expect(() => readTenants(file(`cells: [${one}]\n${tenants}`))).toThrow(/tenants: a belongs to cell 0, which/);
  expect(() => readTenants(file(`cells: [${one}, ${one}]\n${tenants}`))).toThrow(/cells: 1 is declared twice/);
  expect(() => readTenants(file(`cells: [{id: "a-b", deliveryUrl: x}]\n${tenants}`))).toThrow(
    /cells\[0\]\.id: .*cells\[0\]\.deliveryUrl: /,
  );
  expect(readTenants(file(`cells: [${one}, {id: "0", deliveryUrl: "http://zero"}]\n${tenants}`))).toHaveLength(2);
});

test('a file that is missing or no YAML stops the start and is named', () => {
  expect(() => readTenants('/nowhere/tenants.yaml')).toThrow(/\/nowhere\/tenants\.yaml: .*ENOENT/);
  expect(() => readTenants(file('tenants: [}'))).toThrow(/file\.yaml: /);
});
