import { describe, expect, test } from '@jest/globals';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import fc from 'fast-check';
import { createLogger, createRootLogger, switchLogLevel } from './logger.ts';
import { contextFrom } from './trace-context.ts';

function loggerWithLines(): { lines: () => Record<string, unknown>[]; logger: ReturnType<typeof createRootLogger> } {
  const written: string[] = [];
  process.env['LOG_LEVEL'] = 'info';
  const logger = createRootLogger({ write: (line) => void written.push(line) });
  return { logger, lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('the log', () => {
  test('never shows a secret, at the top or one level down', () => {
    const { logger, lines } = loggerWithLines();
    logger.info({ token: 'xoxb-1', request: { authorization: 'Bearer x', path: '/a' }, password: 'p' }, 'asked');
    expect(lines()[0]).toMatchObject({ token: '***', password: '***', request: { authorization: '***', path: '/a' } });
    expect(JSON.stringify(lines())).not.toContain('xoxb');
  });

  test('shows no token, wherever in a line it stands', () => {
    const kind = fc.constantFrom('xoxb-', 'xoxp-', 'xoxe.xoxp-', 'xoxe-', 'xapp-', 'Bearer ');
    const body = fc.stringMatching(/^[0-9A-Za-z-]{20,60}$/);
    fc.assert(
      fc.property(kind, body, fc.string(), (prefix, secret, around) => {
        const { logger, lines } = loggerWithLines();
        const token = `${around} ${prefix}${secret}`;
        logger.info({ deep: { er: { than: [token] } }, url: `https://a.test/?t=${token}` }, `asked with ${token} now`);
        logger.error({ err: new Error(token, { cause: new Error(`inner ${token}`) }) }, 'failed');
        expect(lines()).toHaveLength(2);
        expect(JSON.stringify(lines())).not.toContain(secret);
      }),
      { numRuns: 50 },
    );
  });

  test('shows nothing of what libraries attach to their errors', () => {
    const { logger, lines } = loggerWithLines();
    const error = Object.assign(new Error('refused'), {
      code: 'ECONNREFUSED',
      config: { headers: { authorization: 'Basic dXNlcjpwYXNz' } },
      connectionParameters: { password: 'hunter2' },
    });
    logger.error({ err: error }, 'failed');
    expect(lines()[0]).toMatchObject({ err: { code: 'ECONNREFUSED', message: 'refused' } });
    expect(JSON.stringify(lines())).not.toMatch(/dXNlcjpwYXNz|hunter2/);
  });

  test('its level switches between the one of the environment and debug, for every logger', () => {
    process.env['LOG_LEVEL'] = 'warn';
    const [early, other] = [createLogger('early'), createLogger('other')];
    expect([early.level, other.isLevelEnabled('debug')]).toEqual(['warn', false]);
    expect(switchLogLevel()).toBe('debug');
    expect([early, other, createLogger('late')].map((logger) => logger.level)).toEqual(['debug', 'debug', 'debug']);
    expect(switchLogLevel()).toBe('warn');
    expect([early, other, createLogger('late')].map((logger) => logger.level)).toEqual(['warn', 'warn', 'warn']);
  });

  test('names the trace in which a line was written', () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const { logger, lines } = loggerWithLines();
    const parent = contextFrom({ traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' });
    context.with(parent, () => logger.info('within'));
    logger.info('outside');
    context.disable();
    expect(lines()[0]).toMatchObject({
      trace_id: '0af7651916cd43dd8448eb211c80319c',
      span_id: 'b7ad6b7169203331',
      msg: 'within',
    });
    expect(lines()[1]).not.toHaveProperty('trace_id');
  });

  test('keeps the causes of an error', () => {
    const { logger, lines } = loggerWithLines();
    logger.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'failed');
    expect(JSON.stringify(lines()[0])).toContain('inner');
    expect(lines()[0]).toMatchObject({ level: 'error', service: expect.any(String) as unknown });
  });

  test('leaves the span of a trace that is not valid out', () => {
    const { logger, lines } = loggerWithLines();
    expect(trace.getActiveSpan()).toBeUndefined();
    logger.warn('nothing active');
    expect(lines()[0]).not.toHaveProperty('span_id');
  });
});
