// The second hop of the baseline of `latency`: kafkajs and fetch alone, consume → chat.postMessage → commit.
import { Kafka, logLevel } from 'kafkajs';

const { BROKERS = '', FROM = '', GROUP = '', SLACK = '', TOKEN = '' } = process.env;
const kafka = new Kafka({ brokers: BROKERS.split(','), clientId: 'bare', logLevel: logLevel.NOTHING });
const consumer = kafka.consumer({ groupId: GROUP, maxWaitTimeInMs: 250 });

interface Requested {
  to: [{ channel: string }];
  title: string;
}

await consumer.connect();
await consumer.subscribe({ topic: FROM, fromBeginning: true });
await consumer.run({
  autoCommit: false,
  eachMessage: async ({ topic, partition, message }) => {
    const { to, title } = JSON.parse(String(message.value)) as Requested;
    const response = await fetch(`${SLACK}/api/chat.postMessage`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({
        channel: to[0].channel,
        text: title,
        blocks: [{ type: 'header', text: { type: 'plain_text', text: title } }],
      }),
    });
    const answer = (await response.json()) as { ok: boolean; error?: string };
    if (!answer.ok) throw new Error(`chat.postMessage answered ${answer.error}`);
    await consumer.commitOffsets([{ topic, partition, offset: String(BigInt(message.offset) + 1n) }]);
  },
});
process.on('SIGTERM', () => void consumer.disconnect().then(() => process.exit(0)));
