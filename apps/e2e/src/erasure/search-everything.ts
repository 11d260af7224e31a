// Searches all tables of all databases and all topics for texts, in every spelling in which a row or a record can
// hold them: as text and as the hexadecimal form of bytes. Of a compacted topic only the newest record of each key
// counts, as after the compaction.
import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import pg from 'pg';
import { until } from '../until.ts';

/** Where something was found: `table directory-sync.link`, `topic carillon.audit.v1`. */
export type Found = Map<string, Set<string>>;

export async function searchDatabase(service: string, url: string, texts: readonly string[]): Promise<Found> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const found: Found = new Map();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT quote_ident(relname) AS name FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition`,
    );
    for (const { name } of tables) {
      const { rows } = await client.query<{ line: string }>(`SELECT t::text AS line FROM ${name} AS t`);
      add(found, `table ${service}.${name}`, texts, rows.map(({ line }) => line).join('\n'));
    }
  } finally {
    await client.end();
  }
  return found;
}

export async function searchTopics(kafka: Kafka, texts: readonly string[]): Promise<Found> {
  const admin = kafka.admin();
  await admin.connect();
  const consumer = kafka.consumer({ groupId: `e2e-${randomUUID()}`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  try {
    const topics = (await admin.listTopics()).filter((topic) => !topic.startsWith('__'));
    const ends = new Map<string, bigint>();
    for (const topic of topics)
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic))
        if (BigInt(high) > BigInt(low)) ends.set(`${topic} ${partition}`, BigInt(high));
    const newest = new Map<string, { topic: string; text: string }>();
    await consumer.subscribe({ topics, fromBeginning: true });
    await consumer.run({
      eachMessage: ({ topic, partition, message }) => {
        const { key, value, headers, offset } = message;
        const id = /\.changed\.v1$/.test(topic) ? `${topic} ${key?.toString()}` : `${topic} ${partition} ${offset}`;
        const parts = [key, value, ...Object.values(headers ?? {}).flat()];
        newest.set(id, { topic, text: parts.map((part) => part?.toString() ?? '').join('\n') });
        const end = ends.get(`${topic} ${partition}`);
        if (end !== undefined && BigInt(offset) + 1n >= end) ends.delete(`${topic} ${partition}`);
        return Promise.resolve();
      },
    });
    await until('all topics to be read', () => ends.size === 0);
    const found: Found = new Map();
    for (const { topic, text } of newest.values()) add(found, `topic ${topic}`, texts, text);
    return found;
  } finally {
    await Promise.all([admin.disconnect(), consumer.disconnect()]);
  }
}

function add(found: Found, where: string, texts: readonly string[], content: string): void {
  const here = content.toLowerCase();
  const seen = texts.filter((text) => {
    const wanted = text.toLowerCase();
    return here.includes(wanted) || here.includes(Buffer.from(text).toString('hex'));
  });
  for (const text of seen) found.set(where, (found.get(where) ?? new Set()).add(text));
}
