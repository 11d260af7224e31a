// The baseline of `resolution`: kafkajs alone, consume → parse → stringify → produce → commit. With more than one
// recipient the record it produces has a decision for each, as ours has.
import { Kafka, logLevel } from 'kafkajs';

const { BROKERS = '', FROM = '', TO = '', GROUP = '', DECISIONS = '1' } = process.env;
const kafka = new Kafka({ brokers: BROKERS.split(','), clientId: 'bare', logLevel: logLevel.NOTHING });
const producer = kafka.producer({ allowAutoTopicCreation: false });
const consumer = kafka.consumer({ groupId: GROUP, maxWaitTimeInMs: 250 });

await Promise.all([producer.connect(), consumer.connect()]);
await consumer.subscribe({ topic: FROM, fromBeginning: true });
await consumer.run({
  autoCommit: false,
  eachBatchAutoResolve: false,
  eachBatch: async (payload) => {
    const { batch } = payload;
    for (let begin = 0; begin < batch.messages.length; begin += 1_000) {
      const part = batch.messages.slice(begin, begin + 1_000);
      await producer.send({
        topic: TO,
        acks: -1,
        messages: part.map(({ key, value, headers }) => ({
          key,
          value: JSON.stringify(transformed(JSON.parse(String(value)) as Request)),
          headers: headers ?? {},
        })),
      });
      const last = part.at(-1)!.offset;
      payload.resolveOffset(last);
      await payload.commitOffsetsIfNecessary({
        topics: [{ topic: FROM, partitions: [{ partition: batch.partition, offset: String(BigInt(last) + 1n) }] }],
      });
    }
  },
});
process.on(
  'SIGTERM',
  () => void Promise.all([consumer.disconnect(), producer.disconnect()]).then(() => process.exit(0)),
);

interface Request {
  to?: { member?: string }[];
}

function transformed(request: Request): object {
  if (Number(DECISIONS) === 1) return request;
  const { to = [], ...content } = request;
  const decisions = to.map(({ member }) => ({
    recipient: `member:${member}`,
    aliases: [`email:${member}@acme.test`, `slack:T0BENCH:${member}`],
    verdict: 'send',
    destinations: [{ kind: 'slack', surface: 'dm', installationId: 'bench', teamId: 'T0BENCH', channel: member }],
    mode: { kind: 'now' },
    reasons: [{ code: 'addressed' }, { code: 'member_preference' }, { code: 'linked', detail: 'bench' }],
  }));
  return { ...content, decisions };
}
