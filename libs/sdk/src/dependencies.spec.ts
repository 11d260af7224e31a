// What a product team installs with @carillon/sdk, followed through package-lock.json and the sources of our libraries.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

interface Locked {
  resolved?: string;
  link?: boolean;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

const root = fileURLToPath(new URL('../../..', import.meta.url));
const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, Locked>;
};

/** Where Node finds a dependency of the package in `folder`: the nearest `node_modules` upwards. */
function locate(folder: string, name: string): string | undefined {
  for (let from = folder; ; from = dirname(from)) {
    const path = from === '.' ? `node_modules/${name}` : `${from}/node_modules/${name}`;
    const found = packages[path];
    if (found) return found.link ? found.resolved! : path;
    if (from === '.') return undefined;
  }
}

/** The package in `folder` and everything that is installed with it. */
function closureOf(folder: string): Set<string> {
  const closure = new Set([folder]);
  for (const each of closure) {
    const { dependencies, optionalDependencies, peerDependencies } = packages[each]!;
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const located = locate(each, name);
      if (located) closure.add(located);
    }
  }
  return closure;
}

const isNest = (folder: string): boolean => folder.includes('node_modules/@nestjs/');

describe('@carillon/sdk', () => {
  const closure = [...closureOf('libs/sdk')];

  test('installs no Nest', () => {
    expect(closure).toEqual(expect.arrayContaining(['libs/messaging', 'libs/domain', 'node_modules/kafkajs']));
    expect(closure.filter(isNest)).toEqual([]);
  });

  test('the same walk finds Nest where it is installed', () => {
    expect([...closureOf('libs/messaging-nest')].some(isNest)).toBe(true);
  });

  test('none of our libraries in it imports Nest, declared or not', () => {
    const ours = closure.filter((folder) => folder.startsWith('libs/'));
    const importing = ours.flatMap((folder) =>
      (readdirSync(join(root, folder, 'src'), { recursive: true }) as string[])
        .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
        .filter((file) => /from '@nestjs\//.test(readFileSync(join(root, folder, 'src', file), 'utf8')))
        .map((file) => `${folder}/src/${file}`),
    );
    expect(importing).toEqual([]);
  });
});
