// Fills topics as fast as the broker takes it, as products and preferences would have filled them.
import { recordOf, type ProducedEvent } from '@carillon/playground';
import type { Kafka } from 'kafkajs';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';

export async function prefill(
  kafka: Kafka,
  topic: string,
  count: number,
  make: (n: number) => ProducedEvent,
): Promise<void> {
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  try {
    for (let begin = 0; begin < count; begin += 1_000) {
      const messages = Array.from({ length: Math.min(1_000, count - begin) }, (_, i) =>
        recordOf(topic, { traceparent, ...make(begin + i) }),
      );
      await producer.send({ topic, acks: -1, messages });
    }
  } finally {
    await producer.disconnect();
  }
}

/** One person in Slack, as directory-sync and installation would have told. */
export const member = (n: number): string => `m${n % 1_000}`;
export const slackUser = (n: number): string => `U0BENCH${n % 1_000}`;

export const installation = {
  installationId: 'bench',
  tenantId: 'acme',
  name: 'Bench',
  profile: 'full',
  state: 'active',
  teamId: 'T0BENCH',
  isEnterpriseInstall: false,
  appId: 'A1',
  botUserId: 'U0BOT',
  scopes: ['chat:write', 'im:write', 'users:read', 'users:read.email'],
  installedAt: '2026-01-01T00:00:00Z',
  version: 1,
};

/** 600 bytes or so, like most notifications. */
export const content = (n: number): { title: string; body: string; link: { url: string; label: string } } => ({
  title: `Report ${n} is ready`,
  body: `*Sales* rose by ${n % 100} % over the last week; the three largest accounts and their owners are listed in the report, together with what changed since the last one and what is suggested next.`,
  link: { url: `https://app.example/reports/${n}`, label: 'Open the report' },
});
