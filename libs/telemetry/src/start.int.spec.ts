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

const exported: Export[] = [];
const headersSeen: Record<string, unknown>[] = [];
let collector: Server;
let url: string;

beforeAll(async () => {
  collector = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      if (request.url === '/v1/traces') exported.push(JSON.parse(body) as Export);
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
