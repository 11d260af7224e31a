import { describe, expect, test } from '@jest/globals';
import { isDatabaseUnavailable } from './errors.ts';

const withCode = (code: string): Error => Object.assign(new Error('x'), { code });

describe('whether the database is the trouble', () => {
  test.each(['ECONNREFUSED', 'ECONNRESET', '57P01', '57P03', '08006', '53300'])('%s: yes', (code) => {
    expect(isDatabaseUnavailable(withCode(code))).toBe(true);
  });

  test('a connection that ended under a query: yes', () => {
    expect(isDatabaseUnavailable(new Error('Connection terminated unexpectedly'))).toBe(true);
  });

  test.each(['23505', '42P01', '57014'])('%s: no, the statement is', (code) => {
    expect(isDatabaseUnavailable(withCode(code))).toBe(false);
  });

  test('what is not an error: no', () => {
    expect(isDatabaseUnavailable('ECONNREFUSED')).toBe(false);
  });
});
