import { describe, expect, test } from '@jest/globals';
import { Readiness } from './readiness.ts';

describe('readiness', () => {
  test('needs every check, and says what is missing', async () => {
    const readiness = new Readiness();
    readiness.add('good', () => true);
    expect(await readiness.report()).toEqual({ ready: true, checks: { good: true } });
    readiness.add('late', () => Promise.resolve('has not caught up'));
    readiness.add('broken', () => Promise.reject(new Error('no connection')));
    expect(await readiness.report()).toEqual({
      ready: false,
      checks: { good: true, late: 'has not caught up', broken: 'no connection' },
    });
  });
});
