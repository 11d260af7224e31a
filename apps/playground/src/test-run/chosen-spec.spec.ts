// Which files `npm test -- --spec` accepts, and which of them get servers.
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { repository } from '../paths.ts';
import { chosenSpec } from './chosen-spec.ts';

const folder = join(repository, 'apps/preferences');
const spec = 'apps/preferences/src/app.int.spec.ts';

test.each([spec, `./${spec}`, join(repository, spec)])(
  '%s is run in the folder of its project, with servers',
  (path) => {
    expect(chosenSpec(path)).toEqual({ folder, file: 'src/app.int.spec.ts', needsServers: true });
  },
);

test('a plain spec gets no servers', () => {
  expect(chosenSpec('libs/domain/src/topics.spec.ts').needsServers).toBe(false);
});

test.each([
  ['apps/preferences/src/app.module.ts', 'a spec file by its path'],
  ['src/app.int.spec.ts', 'a spec file by its path'],
  ['../elsewhere/libs/domain/src/topics.spec.ts', 'a spec file by its path'],
  ['libs/domain/src/missing.spec.ts', 'no such file'],
])('%s is refused', (path, sentence) => {
  expect(() => chosenSpec(path)).toThrow(sentence);
});
