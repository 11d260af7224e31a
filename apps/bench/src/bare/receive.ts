// The baseline of `ingress`: Fastify and kafkajs alone, verify → parse → produce → 200. It does not look whether an
// event was received before, checks nothing of what it parsed, and passes the body on as it came. Two forms: a send for
// each request (SEND=each), or one for the requests of the same turn of the event loop (SEND=tick).
import { createHmac, timingSafeEqual } from 'node:crypto';
import Fastify from 'fastify';
import { Kafka, logLevel, type Message } from 'kafkajs';

const { BROKERS = '', TOPIC: topic = '', PORT = '', SECRET = '', SEND = '' } = process.env;
const kafka = new Kafka({ brokers: BROKERS.split(','), clientId: 'bare', logLevel: logLevel.NOTHING });
const producer = kafka.producer({ allowAutoTopicCreation: false });

const sendEach = async (message: Message): Promise<void> => {
  await producer.send({ topic, acks: -1, messages: [message] });
};

let gathered: { messages: Message[]; sent: Promise<void> } | undefined;
const sendTogether = (message: Message): Promise<void> => {
  if (!gathered) {
    const messages: Message[] = [];
    const turn = new Promise<void>((resolve) => setImmediate(resolve));
    const sent = turn.then(async () => {
      gathered = undefined;
      await producer.send({ topic, acks: -1, messages });
    });
    gathered = { messages, sent };
  }
  gathered.messages.push(message);
  return gathered.sent;
};
const send = SEND === 'tick' ? sendTogether : sendEach;

function isSigned(headers: Record<string, unknown>, body: Buffer): boolean {
  const timestamp = String(headers['x-slack-request-timestamp']);
  const received = Buffer.from(String(headers['x-slack-signature']));
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) <= 300)) return false;
  const hmac = createHmac('sha256', SECRET).update(`v0:${timestamp}:`).update(body);
  const expected = Buffer.from(`v0=${hmac.digest('hex')}`);
  return expected.length === received.length && timingSafeEqual(expected, received);
}

const server = Fastify();
server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
server.post<{ Body: Buffer }>('/slack/events', async (request, reply) => {
  if (!isSigned(request.headers, request.body)) return reply.code(401).send();
  const { team_id: key } = JSON.parse(request.body.toString()) as { team_id: string };
  await send({ key, value: request.body });
  return reply.send();
});

await producer.connect();
await server.listen({ host: '127.0.0.1', port: Number(PORT) });
process.on('SIGTERM', () => void server.close().then(() => producer.disconnect().then(() => process.exit(0))));
