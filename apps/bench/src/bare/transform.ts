// The baseline of `resolution`: kafkajs alone, consume → parse → stringify → produce → commit. It produces the records
// that ours produces: as many, in as many partitions, and with the same fields. The compiler checks the fields. It
// decides nothing: every recipient is told in the same way.
import type { Decision, NotificationRequest, ResolvedNotification } from '@carillon/domain';
import { Kafka, logLevel, type Message } from 'kafkajs';

const { BROKERS = '', FROM = '', TO = '', GROUP = '', PARTITIONS = '12', CHUNK = '1000' } = process.env;
const partitions = Number(PARTITIONS);
/** Requests of one produce request; the records of a partition must fit into one record batch. */
const chunk = Number(CHUNK);
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
    for (let begin = 0; begin < batch.messages.length; begin += chunk) {
      const part = batch.messages.slice(begin, begin + chunk);
      const messages: Message[] = [];
      for (const { value, headers = {} } of part) {
        const request = JSON.parse(String(value)) as NotificationRequest;
        for (const [partition, data] of resolved(request))
          messages.push({ key: null, value: JSON.stringify(data), headers, partition });
      }
      await producer.send({ topic: TO, acks: -1, messages });
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

/** A record for each partition that recipients are in. */
function resolved(request: NotificationRequest): Map<number, ResolvedNotification> {
  const { tenantId, type, to = [], data, priority = 'normal', title = '', body, link } = request;
  const notification = {
    notificationId: 'b1f6c7c0-5d0a-5cf1-9f9e-1d6b2a7c3e58',
    requestHash: 'n4bQgYhMfWWaL-qgxVrQFa',
    source: '/bench',
    id: title,
    type,
    typeTitle: 'Report ready',
    category: 'reports',
    content: { title, body, link },
    priority,
  };
  const policies = { ambiguity: 'resend', mutable: true, retentionDays: 90 } as const;
  const records = new Map<number, ResolvedNotification>();
  for (const member of recipients(to, data)) {
    const partition = Number(member.slice(1)) % partitions;
    const record = records.get(partition);
    if (record) record.decisions.push(decision(member));
    else records.set(partition, { tenantId, notification, policies, decisions: [decision(member)] });
  }
  return records;
}

/** Those whom the request names, or the owner whom the workflow tells. */
function recipients(to: NonNullable<NotificationRequest['to']>, data: NotificationRequest['data']): string[] {
  const owner = data?.['owner'] as { email: string } | undefined;
  if (owner) return [owner.email.slice(0, owner.email.indexOf('@'))];
  return to.flatMap((audience) => ('member' in audience ? [audience.member] : []));
}

const decision = (member: string): Decision => ({
  recipient: `member:${member}`,
  aliases: [`email:${member}@acme.test`, `slack:T0BENCH:U0BENCH${member.slice(1)}`],
  verdict: 'send',
  destinations: [
    {
      kind: 'slack',
      surface: 'dm',
      installationId: 'bench',
      teamId: 'T0BENCH',
      channel: `U0BENCH${member.slice(1)}`,
    },
  ],
  mode: { kind: 'now' },
  reasons: [{ code: 'addressed' }, { code: 'member_preference' }, { code: 'linked', detail: 'bench' }],
});
