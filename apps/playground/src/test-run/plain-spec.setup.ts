// Jest runs this before each spec file (jest.preset.cjs): plain specs are kept from I/O, `.int.spec.ts` files and
// apps/e2e are not.
import { afterAll, expect } from '@jest/globals';
import { basename } from 'node:path';
import { forbidIo } from './forbid-io.ts';

const { testPath = '' } = expect.getState();

if (!testPath.endsWith('.int.spec.ts') && !testPath.includes('/apps/e2e/')) {
  const forbidden = forbidIo(basename(testPath));
  afterAll(() => {
    forbidden.lift();
    if (forbidden.attempts.length > 0)
      throw new Error(`${testPath} ${forbidden.attempts[0]}: a spec that does I/O is named .int.spec.ts`);
  });
}
