// Reads dead-letter topics as an operator could, with a client that is not ours (read_letters.py): which records are
// there, and why. kafkajs is not used, since it takes minutes for a record with 10,000 headers.
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface Letter {
  reason: string;
  detail: string;
  /** Of a batch that could not be read: the offset of its last record. */
  lastOffset?: string;
  key: Buffer | null;
  value: Buffer | null;
  /** Those that begin with `dlq_`. */
  headers: Record<string, string>;
}

export class Letters {
  private readonly byRecord = new Map<string, Letter[]>();

  private constructor(private readonly reader: ChildProcessByStdio<null, Readable, null>) {
    createInterface({ input: reader.stdout }).on('line', (line) => {
      const { key, value, headers } = JSON.parse(line) as {
        key: string | null;
        value: string | null;
        headers: Record<string, string>;
      };
      const record = `${headers['dlq_topic']}/${headers['dlq_partition']}/${headers['dlq_offset']}`;
      const lastOffset = headers['dlq_last_offset'];
      const letter = {
        reason: headers['dlq_reason'] ?? '',
        detail: headers['dlq_detail'] ?? '',
        key: bytesOf(key),
        value: bytesOf(value),
        headers,
        ...(lastOffset === undefined ? {} : { lastOffset }),
      };
      this.byRecord.set(record, [...(this.byRecord.get(record) ?? []), letter]);
    });
  }

  static read(brokers: readonly string[], topics: readonly string[]): Letters {
    const script = join(import.meta.dirname, 'read_letters.py');
    return new Letters(
      spawn('/usr/bin/python3', [script, brokers.join(','), `e2e-${randomUUID()}`, topics.join(',')], {
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
  }

  async stop(): Promise<void> {
    if (this.reader.exitCode !== null) return;
    this.reader.kill('SIGKILL');
    await once(this.reader, 'exit');
  }

  /** One for each consumer group that refused the record. */
  of(topic: string, { partition, offset }: { partition: number; offset: string }): Letter[] {
    return this.byRecord.get(`${topic}/${partition}/${offset}`) ?? [];
  }

  /** Offsets of the records of a partition that have a letter, in their order. */
  offsets(topic: string, partition: number): string[] {
    const prefix = `${topic}/${partition}/`;
    return [...this.byRecord.keys()]
      .filter((record) => record.startsWith(prefix))
      .map((record) => record.slice(prefix.length))
      .sort((a, b) => Number(a) - Number(b));
  }
}

const bytesOf = (base64: string | null): Buffer | null => (base64 === null ? null : Buffer.from(base64, 'base64'));
