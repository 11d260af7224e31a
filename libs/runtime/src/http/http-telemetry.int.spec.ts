// What is recorded of a request.
import { expect, test } from '@jest/globals';
import { trace, type Span } from '@opentelemetry/api';
import { SampleModule, sampleConfig } from '../testing/sample-service.ts';
import { startForTest, testIssuer } from '../testing/index.ts';

test('a secret in a path is in no span: the route is recorded, not the address', async () => {
  const recorded: unknown[] = [];
  let ended = 0;
  let allEnded = (): void => undefined;
  const bothEnded = new Promise<void>((resolve) => (allEnded = resolve));
  const span = (name: string, options: object): Span => {
    recorded.push(name, options);
    const own = trace.wrapSpanContext({ traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 });
    return Object.assign(own, {
      setAttributes: (attributes: object) => (recorded.push(attributes), own),
      updateName: (changed: string) => (recorded.push(changed), own),
      end: () => void (++ended === 2 && allEnded()),
    });
  };
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan: span, startActiveSpan: () => undefined }) });
  const issuer = await testIssuer();
  const service = await startForTest({ config: sampleConfig, module: SampleModule, env: issuer.env, offline: true });
  try {
    await service.request('POST', '/v1/things/my-secret?token=my-secret', { token: await issuer.token(), body: {} });
    await service.request('GET', '/nowhere/my-secret');
    // A span ends after its answer, and nothing is recorded later.
    await bothEnded;
    expect(JSON.stringify(recorded)).toContain('/v1/things/:id');
    expect(JSON.stringify(recorded)).not.toContain('my-secret');
  } finally {
    await service.stop();
    await issuer.close();
    trace.disable();
  }
});
