// Two producers that are not ours, as processes of their own: confluent-kafka for Python (produce.py) and kcat. Both
// stand on librdkafka and write whatever they are told. Debian's packages are used, which `.ci/run` installs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';

export const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type Codec = (typeof codecs)[number];

export interface ForeignRecord {
  topic: string;
  partition: number;
  key: Buffer | null;
  headers: [name: string, value: Buffer | null][];
  value: Buffer | null;
  /** Spaces follow the value until it has this many bytes. */
  padTo?: number;
  copies?: number;
}

/** Where the broker put a record, or why it refused it. */
export type Placed = { partition: number; offset: string; error?: undefined } | { error: string };

/** Longer than handing over the records takes, so that they share batches; the flush that follows waits no longer. */
const lingerMs = 30_000;

/** One answer per copy, in the order of the records. */
export async function produceWithConfluent(
  brokers: readonly string[],
  records: readonly ForeignRecord[],
  codec: Codec,
): Promise<Placed[]> {
  const lines = records.map((record) =>
    JSON.stringify({
      ...record,
      key: base64(record.key),
      value: base64(record.value),
      headers: record.headers.map(([name, value]) => [name, base64(value)]),
    }),
  );
  const output = await run(
    '/usr/bin/python3',
    [join(import.meta.dirname, 'produce.py'), brokers.join(','), codec, String(lingerMs)],
    `${lines.join('\n')}\n`,
  );
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Placed);
}

/** Each value is one line; all get the same key and headers, and go into one batch. */
export async function produceWithKcat(
  brokers: readonly string[],
  {
    topic,
    partition,
    key,
    headers,
    values,
    codec,
  }: { topic: string; partition: number; key: string; headers: Record<string, string>; values: string[]; codec: Codec },
): Promise<void> {
  const headerFlags = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}=${value}`]);
  const flags = [
    '-P',
    '-b',
    brokers.join(','),
    '-t',
    topic,
    '-p',
    String(partition),
    '-k',
    key,
    '-z',
    codec,
    '-X',
    'linger.ms=200',
    ...headerFlags,
  ];
  await run('kcat', flags, `${values.join('\n')}\n`);
}

const base64 = (bytes: Buffer | null): string | null => bytes?.toString('base64') ?? null;

async function run(command: string, args: readonly string[], input: string): Promise<string> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const [output, complaint] = [buffer(child.stdout), buffer(child.stderr)];
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${String(await complaint)}`);
  return String(await output);
}
