import { describe, expect, test } from '@jest/globals';
import { errorFields } from './error-fields.ts';

describe('an error in a log line', () => {
  test('is named fields only, not what a library hung on it', () => {
    const error = Object.assign(new Error('broke'), {
      code: 'ECONNRESET',
      retry: { afterMs: 5 },
      client: { secretKey: 42 },
      data: 'hush',
    });
    expect(errorFields(error)).toEqual({
      type: 'Error',
      message: 'broke',
      stack: error.stack,
      code: 'ECONNRESET',
      retry: { afterMs: 5 },
    });
  });

  test('brings its causes, and the first of many errors', () => {
    const many = new AggregateError([new Error('a'), new Error('b')], 'all failed');
    expect(errorFields(new Error('outer', { cause: many }))).toMatchObject({
      cause: { message: 'all failed', errors: [{ message: 'a' }, { message: 'b' }] },
    });
  });

  test('ends, even when an error is its own cause', () => {
    const error = new Error('loop');
    error.cause = error;
    expect(JSON.stringify(errorFields(error))).toContain('loop');
  });

  test('that is no error is shown when it is a plain value', () => {
    expect(errorFields('no')).toBe('no');
    expect(errorFields({ token: 'hush' })).toEqual({ message: 'not an error object' });
  });
});
