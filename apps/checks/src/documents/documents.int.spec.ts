// Promises about the Markdown documents of the repository: decision records have their parts, and references resolve.
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { repository } from '../repository.ts';
import { run } from '../run.ts';
import { anchorsOf, linksOf } from './markdown-links.ts';

let files: string[];
beforeAll(async () => {
  const listed = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard']);
  files = listed.split('\n').filter((file) => file !== '' && existsSync(join(repository, file)));
});
const read = (file: string): string => readFileSync(join(repository, file), 'utf8');
const documents = (): string[] => files.filter((file) => file.endsWith('.md'));
const decisions = (): string[] => documents().filter((file) => file.startsWith('docs/adr/'));

describe('a decision record', () => {
  test('has a number of its own, in its name and its title', () => {
    const numbers = decisions().map((file) => Number(/^(\d{4})-[a-z0-9-]+\.md$/.exec(basename(file))?.[1]));
    expect(numbers.filter((number, i) => Number.isNaN(number) || numbers.indexOf(number) !== i)).toEqual([]);
    for (const [i, file] of decisions().entries()) expect(read(file)).toMatch(new RegExp(`^# ${numbers[i]}\\. \\S`));
  });

  test('has context, decision and consequences, in this order', () => {
    for (const file of decisions()) {
      const parts = [...read(file).matchAll(/^(?:## |\*\*)(Context|Decision|Consequences)\b/gm)].map(
        ([, part]) => part,
      );
      expect({ file, parts }).toEqual({ file, parts: ['Context', 'Decision', 'Consequences'] });
    }
  });
});

describe('a reference', () => {
  test('from a document leads to a file, and to a heading where it names one', () => {
    const dead: string[] = [];
    for (const file of documents()) {
      for (const link of linksOf(read(file))) {
        if (/^[a-z]+:/.test(link)) continue;
        const [path = '', anchor] = link.split('#');
        const target = path === '' ? file : join(dirname(file), path);
        if (!existsSync(join(repository, target))) dead.push(`${file}: ${link}`);
        else if (anchor !== undefined && !anchorsOf(read(target)).has(anchor)) dead.push(`${file}: ${link}`);
      }
    }
    expect(dead).toEqual([]);
  });

  test('from CONTRIBUTING.md to a file or a folder names one that exists', () => {
    const named = [...read('CONTRIBUTING.md').matchAll(/`((?:apps|libs|docs)\/[\w./-]+)`/g)].map(
      ([, path = '']) => path,
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((path) => !existsSync(join(repository, path)))).toEqual([]);
  });

  test('from code or a document to a decision record names one that exists', () => {
    const numbers = new Set(decisions().map((file) => Number(basename(file).slice(0, 4))));
    const dead: string[] = [];
    for (const file of files.filter((each) => /\.(ts|mjs|js|md|json|ya?ml)$/.test(each))) {
      for (const [reference, path, number] of read(file).matchAll(/docs\/adr\/(\d{4})\b|\bADR (\d{1,4})\b/g))
        if (!numbers.has(Number(path ?? number))) dead.push(`${file}: ${reference}`);
    }
    expect(dead).toEqual([]);
  });
});
