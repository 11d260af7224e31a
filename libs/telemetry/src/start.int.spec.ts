// Starts processes: what start.ts promises is about the order in which a whole process loads its modules.
import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

interface Span {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  attributes: { key: string; value: Record<string, unknown> }[];
}

interface Export {
  resourceSpans: { resource: { attributes: Span['attributes'] }; scopeSpans: { spans: Span[] }[] }[];
}

interface MetricsExport {
  resourceMetrics: {
    scopeMetrics: { metrics: { name: string; unit: string; sum?: object; histogram?: object }[] }[];
  }[];
}

const exported: Export[] = [];
const exportedMetrics: MetricsExport[] = [];
const headersSeen: Record<string, unknown>[] = [];
let collector: Server;
let url: string;

beforeAll(async () => {
  collector = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      if (request.url === '/v1/traces') exported.push(JSON.parse(body) as Export);
      else if (request.url === '/v1/metrics') exportedMetrics.push(JSON.parse(body) as MetricsExport);
      else headersSeen.push(request.headers);
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
});

afterAll(() => {
  collector.closeAllConnections();
  collector.close();
});

const script = (body: string): string => `
  import { stopTelemetry } from '${fileURLToPath(new URL('./start.ts', import.meta.url))}';
  import { contextFrom, traceContextOf, tracer } from '${fileURLToPath(new URL('./index.ts', import.meta.url))}';
  import { Client } from 'pg';
  ${body}
  await stopTelemetry();`;

const traced = script(`
  const client = new Client({ connectionString: process.env.TEST_DATABASE_URL });
  await client.connect();
  await client.query('SELECT 1 AS polled');
  const parent = contextFrom({ traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' });
  await tracer().startActiveSpan('work', {}, parent, async (span) => {
    await client.query('SELECT $1::text AS said', ['a private word']);
    await fetch(process.env.PEER + '/hook?token=a-private-token', { headers: { authorization: 'Bearer a-private-token' } });
    console.log(JSON.stringify(traceContextOf(span)));
    span.end();
  });
  await client.end();`);

async function run(code: string, env: Record<string, string>): Promise<string> {
  const child = spawn(
    process.execPath,
    ['--conditions=@carillon/source', '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', code],
    {
      env: {
        PATH: process.env['PATH'] ?? '',
        TEST_DATABASE_URL: process.env['TEST_DATABASE_URL'] ?? '',
        PEER: url,
        ...env,
      },
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let output = '';
  child.stdout.on('data', (part: Buffer) => (output += part.toString()));
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
  return output;
}

describe('a process with an OTLP endpoint', () => {
  test('exports one tree from the received trace to SQL and HTTP, and nothing private', async () => {
    await run(traced, {
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_SERVICE_NAME: 'spec',
    });

    const spans = exported.flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)),
    );
    const work = spans.find(({ name }) => name === 'work');
    expect(work).toMatchObject({ traceId: '0af7651916cd43dd8448eb211c80319c', parentSpanId: 'b7ad6b7169203331' });
    const children = spans.filter((span) => span !== work);
    // `SELECT 1 AS polled` had no parent and made no span; connecting makes none either.
    expect(children.map(({ name }) => name).sort()).toEqual(['GET', expect.stringMatching(/^pg\.query:SELECT/)]);
    for (const child of children) expect(child).toMatchObject({ traceId: work?.traceId, parentSpanId: work?.spanId });
    expect(JSON.stringify(exported)).not.toContain('private');
    expect(JSON.stringify(exported)).toContain('"service.name","value":{"stringValue":"spec"}');
    expect(headersSeen.at(-1)).toMatchObject({
      traceparent: expect.stringContaining('0af7651916cd43dd8448eb211c80319c') as unknown,
    });
  });
});

const measured = `
  import { counter, histogram, metricsText } from '${fileURLToPath(new URL('./index.ts', import.meta.url))}';
  const kinds = counter({ name: 'spec.things', unit: '{thing}', help: 'h', labels: { 'thing.kind': ['a', 'b'] } });`;

describe('the metrics of a process with an OTLP endpoint', () => {
  test('are those of /metrics, under their names in OpenTelemetry', async () => {
    await run(
      script(`${measured}
      kinds.inc({ 'thing.kind': 'a' }, 3);
      const times = histogram({ name: 'spec.time', unit: 's', help: 'h', buckets: [1, 10] });
      for (const value of [0.5, 2, 3, 50]) times.observe(value);`),
      { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
    );
    const metrics = exportedMetrics.flatMap(({ resourceMetrics }) =>
      resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics)),
    );
    expect(metrics.find(({ name }) => name === 'spec.things')).toMatchObject({
      unit: '{thing}',
      sum: {
        isMonotonic: true,
        dataPoints: [{ attributes: [{ key: 'thing.kind', value: { stringValue: 'a' } }], asDouble: 3 }],
      },
    });
    expect(metrics.find(({ name }) => name === 'spec.time')).toMatchObject({
      unit: 's',
      histogram: { dataPoints: [{ count: 4, sum: 55.5, bucketCounts: [1, 2, 1], explicitBounds: [1, 10] }] },
    });
    expect(metrics.map(({ name }) => name)).toContain('process_resident_memory_bytes');
  });
});

describe('a collector that', () => {
  const flood = script(`
    import { metricsText } from '${fileURLToPath(new URL('./index.ts', import.meta.url))}';
    const parent = contextFrom({ traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' });
    let longest = 0;
    for (let batch = 0; batch < 50; batch += 1) {
      const began = performance.now();
      for (let n = 0; n < 200; n += 1) tracer().startSpan('work', {}, parent).end();
      await new Promise(setImmediate);
      longest = Math.max(longest, performance.now() - began);
    }
    await stopTelemetry(Number(process.env.STOP_MS));
    const dropped = Object.fromEntries([...(await metricsText()).matchAll(/spans_dropped_total\\{reason="(\\w+)"\\} (\\d+)/g)].map(([, reason, n]) => [reason, Number(n)]));
    console.log(JSON.stringify({ longest, dropped }));
    process.exit(0);`);
  interface Flooded {
    longest: number;
    dropped: { queue_full?: number; export_failed?: number };
  }
  const floodTo = async (endpoint: string, stopMs = '1000'): Promise<Flooded> => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_BSP_MAX_QUEUE_SIZE: '600', STOP_MS: stopMs };
    return JSON.parse(await run(flood, env)) as Flooded;
  };

  test('takes requests and never answers delays no work, and the spans beyond the queue are counted', async () => {
    const blackHole = createServer(() => undefined);
    await new Promise<void>((resolve) => blackHole.listen(0, '127.0.0.1', resolve));
    const { longest, dropped } = await floodTo(`http://127.0.0.1:${(blackHole.address() as AddressInfo).port}`);
    // 10,000 spans, of which the queue holds 600 and one request 512.
    expect(dropped.queue_full).toBeGreaterThan(8_000);
    // Far less than the 10 s that one export may take.
    expect(longest).toBeLessThan(2_000);
    blackHole.closeAllConnections();
    blackHole.close();
  });

  test('is not there, or refuses, ends nothing, and its spans are counted', async () => {
    const refusing = createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(400).end());
    });
    await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
    const { port } = refusing.address() as AddressInfo;
    // Each export is answered, so all are counted once the last one was, however busy the machine is.
    const refused = await floodTo(`http://127.0.0.1:${port}`, '30000');
    expect((refused.dropped.export_failed ?? 0) + (refused.dropped.queue_full ?? 0)).toBe(10_000);
    refusing.closeAllConnections();
    await new Promise((resolve) => refusing.close(resolve));
    const gone = await floodTo(`http://127.0.0.1:${port}`);
    expect(gone.dropped.queue_full).toBeGreaterThan(8_000);
  });
});

describe('a process without one', () => {
  test('exports nothing and passes the received trace on', async () => {
    exported.length = 0;
    const output = await run(traced, {});
    expect(JSON.parse(output)).toEqual({ traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' });
    expect(exported).toEqual([]);
  });

  test('loads no SDK', async () => {
    const output = await run(
      script(`
      import { createRequire } from 'node:module';
      console.log(Object.keys(createRequire(import.meta.url).cache ?? {}).filter((path) => path.includes('sdk-node')).length);`),
      {},
    );
    expect(output.trim()).toBe('0');
  });
});
