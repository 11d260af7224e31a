// What every package of the repository says about itself.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { repository } from './paths.ts';

it('every package declares its licence', () => {
  const without = ['apps', 'libs'].flatMap((folder) =>
    readdirSync(join(repository, folder)).filter((name) => {
      const { license } = JSON.parse(readFileSync(join(repository, folder, name, 'package.json'), 'utf8')) as {
        license?: string;
      };
      return license !== 'Apache-2.0';
    }),
  );
  expect(without).toEqual([]);
});
