import { describe, expect, test } from '@jest/globals';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { createRootLogger } from './logger.ts';
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
