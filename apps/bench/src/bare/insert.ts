// The baseline of `ingest`: kafkajs and pg alone, one unnest insert per batch into one table that holds the same facts,
// with the key that refuses repeats and the index that a queue needs; then commit.
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';

const { BROKERS = '', FROM = '', GROUP = '', DATABASE = '' } = process.env;
const kafka = new Kafka({ brokers: BROKERS.split(','), clientId: 'bare', logLevel: logLevel.NOTHING });
const consumer = kafka.consumer({ groupId: GROUP, maxWaitTimeInMs: 250 });
const client = new pg.Client({ connectionString: DATABASE });
await client.connect();

const table = `CREATE TABLE IF NOT EXISTS bare_delivery (
  delivery_id uuid PRIMARY KEY, seq bigint GENERATED ALWAYS AS IDENTITY, notification_id uuid NOT NULL, tenant_id text NOT NULL,
  source text NOT NULL, external_id text NOT NULL, type text NOT NULL, content json NOT NULL, decision json NOT NULL,
  recipient text NOT NULL, lane text COLLATE "C" NOT NULL, channel text COLLATE "C" NOT NULL, state text NOT NULL DEFAULT 'ready');
  CREATE INDEX IF NOT EXISTS bare_queue ON bare_delivery (lane, channel, seq) WHERE state = 'ready'`;
await client.query(table);

interface Resolved {
  tenantId: string;
  notification: { notificationId: string; source: string; id: string; type: string; content: object };
  decisions: [{ recipient: string; destinations: [{ teamId: string; channel: string }] }];
}

/** What is inserted, by column: its type, and where a record has it. */
const columns: Record<string, [type: string, of: (record: Resolved) => string]> = {
  delivery_id: ['uuid', (r) => r.notification.notificationId],
  notification_id: ['uuid', (r) => r.notification.notificationId],
  tenant_id: ['text', (r) => r.tenantId],
  source: ['text', (r) => r.notification.source],
  external_id: ['text', (r) => r.notification.id],
  type: ['text', (r) => r.notification.type],
  content: ['json', (r) => JSON.stringify(r.notification.content)],
  decision: ['json', (r) => JSON.stringify(r.decisions[0])],
  recipient: ['text', (r) => r.decisions[0].recipient],
  lane: ['text', (r) => r.decisions[0].destinations[0].teamId],
  channel: ['text', (r) => r.decisions[0].destinations[0].channel],
};
const arrays = Object.values(columns).map(([type], index) => `$${index + 1}::${type}[]`);
const insert = `INSERT INTO bare_delivery (${Object.keys(columns).join(', ')})
  SELECT * FROM unnest(${arrays.join(', ')}) ON CONFLICT DO NOTHING`;

await consumer.connect();
await consumer.subscribe({ topic: FROM, fromBeginning: true });
await consumer.run({
  autoCommit: false,
  eachBatchAutoResolve: false,
  eachBatch: async (payload) => {
    const { batch } = payload;
    for (let begin = 0; begin < batch.messages.length; begin += 1_000) {
      const part = batch.messages.slice(begin, begin + 1_000);
      const all = part.map(({ value }) => JSON.parse(String(value)) as Resolved);
      await client.query({
        name: 'insert',
        text: insert,
        values: Object.values(columns).map(([, of]) => all.map(of)),
      });
      const last = part.at(-1)!.offset;
      payload.resolveOffset(last);
      await payload.commitOffsetsIfNecessary({
        topics: [{ topic: FROM, partitions: [{ partition: batch.partition, offset: String(BigInt(last) + 1n) }] }],
      });
    }
  },
});
process.on('SIGTERM', () => void Promise.all([consumer.disconnect(), client.end()]).then(() => process.exit(0)));
