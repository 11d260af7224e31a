// Imports between the folders of this library point one way: a folder may import those before it in the list, so that
// what is low (records, errors) can be understood and changed without what is above it.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const lowestFirst = [
  'errors.ts',
  'backoff.ts',
  'metrics.ts',
  'records',
  'events',
  'kafka',
  'publishing',
  'dead-letters',
  'consuming',
  'topics',
  'documents',
  'index.ts',
  'testing',
];

const source = dirname(fileURLToPath(import.meta.url));
const files = (readdirSync(source, { recursive: true }) as string[]).filter(
  (file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'),
);
const folderOf = (file: string): string => file.split(sep)[0]!;

test('every folder has its place in the order', () => {
  expect([...new Set(files.map(folderOf))].sort()).toEqual([...lowestFirst].sort());
});

test('a file imports only from its own folder and from lower ones', () => {
  const upwards = files.flatMap((file) => {
    const text = readFileSync(join(source, file), 'utf8');
    return [...text.matchAll(/from '(\.[^']+)'/g)]
      .map(([, path]) => normalize(join(dirname(file), path!)))
      .filter((imported) => lowestFirst.indexOf(folderOf(imported)) > lowestFirst.indexOf(folderOf(file)))
      .map((imported) => `${file} imports ${imported}`);
  });
  expect(upwards).toEqual([]);
});
