// The keys of OpenTelemetry that each service reads before it has a configuration (libs/telemetry). A section of
// docs/configuration.md lists exactly these (UPDATE_DOCS=1 writes it anew).
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { generatedSection } from '../testing/generated-document.ts';
import { configurationTable } from './configuration-table.ts';

const introduction = [
  'A service exports no traces until one of these keys asks for it; it passes the `traceparent` on all the same. With an',
  'endpoint its metrics are exported too, beside `/metrics`. The OpenTelemetry SDK then reads its other variables too,',
  'such as `OTEL_EXPORTER_OTLP_HEADERS` and `OTEL_TRACES_SAMPLER`. None of them may be given as `NAME_FILE`.',
  '',
  'A collector that is slow or away delays nothing. Spans wait in a queue of fixed length; what does not fit is dropped',
  'and counted in `carillon_telemetry_spans_dropped_total`.',
].join('\n');

const protocols = z.enum(['grpc', 'http/json', 'http/protobuf']);

const keys = z.object({
  OTEL_BSP_MAX_QUEUE_SIZE: z.int().default(2048).describe('So many spans wait for the collector; others are dropped.'),
  OTEL_BSP_SCHEDULE_DELAY: z
    .int()
    .default(5000)
    .describe('How often spans are sent, in milliseconds; a full batch is sent at once.'),
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: z
    .url()
    .optional()
    .describe('Where metrics go, with the whole path, if not to the endpoint. Used where traces are exported.'),
  OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: protocols
    .optional()
    .meta({ shownDefault: 'that of all' })
    .describe('How metrics are sent.'),
  OTEL_EXPORTER_OTLP_PROTOCOL: protocols.default('http/protobuf').describe('How traces and metrics are sent.'),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: protocols
    .optional()
    .meta({ shownDefault: 'that of all' })
    .describe('How traces are sent.'),
  OTEL_METRICS_EXPORTER: z
    .string()
    .optional()
    .meta({ shownDefault: 'not set' })
    .describe('`none`: no metrics by OTLP; `/metrics` has them all the same.'),
  OTEL_METRIC_EXPORT_INTERVAL: z.int().default(60_000).describe('How often metrics are sent, in milliseconds.'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional().describe('The collector that gets the traces. Switches tracing on.'),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: z
    .url()
    .optional()
    .describe('The same, with the whole path, where traces have an address of their own. Switches tracing on.'),
  OTEL_NODE_RESOURCE_DETECTORS: z
    .string()
    .default('env,host,os,serviceinstance')
    .meta({ valueType: 'list, separated by commas' })
    .describe(
      'What a trace says of its process. `process` is not among the defaults: a command line may have a secret.',
    ),
  OTEL_SDK_DISABLED: z.enum(['true', 'false']).default('false').describe('`true` switches tracing off in any case.'),
  OTEL_SERVICE_NAME: z
    .string()
    .optional()
    .meta({ shownDefault: 'name of the app' })
    .describe('The name of the process in traces and logs.'),
  OTEL_TRACES_EXPORTER: z
    .string()
    .optional()
    .meta({ shownDefault: 'not set' })
    .describe('`none` switches tracing off; another name (`otlp`, `console`) switches it on without an endpoint too.'),
});

test('docs/configuration.md lists the keys that libs/telemetry reads', () => {
  const body = `${introduction}\n\n${configurationTable(keys)}`;
  const { committed, generated } = generatedSection('configuration.md', 'Every service: tracing', body);
  expect(committed).toBe(generated);
});

test('libs/telemetry reads these keys and no others', () => {
  const folder = new URL('../../../telemetry/src/', import.meta.url);
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'),
  );
  const read = sources.flatMap((path) =>
    [...readFileSync(new URL(path, folder), 'utf8').matchAll(/\benv(?:\[['"`]|\.)(OTEL_\w+)/g)].map(([, key]) => key!),
  );
  expect([...new Set(read)].sort()).toEqual(Object.keys(keys.shape).sort());
});
