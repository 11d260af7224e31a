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

/** The members whom requests address, as directory-sync records them. */
export const members = 1_000;
export const member = (n: number, among = members): string => `m${n % among}`;
export const slackUser = (n: number, among = members): string => `U0BENCH${n % among}`;

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

/** The tenant acme: its installation, in this state, and its members, each linked to a Slack user. */
export async function prefillTenant(kafka: Kafka, state: 'active' | 'lost', count = members): Promise<void> {
  await prefillInstallation(kafka, state);
  await prefill(kafka, 'carillon.recipient.changed.v1', count, (n) => ({
    key: `acme:${member(n, count)}`,
    id: `r${n}`,
    source: '/bench',
    data: {
      tenantId: 'acme',
      memberId: member(n, count),
      email: `${member(n, count)}@acme.test`,
      name: `Member ${n}`,
      active: true,
      version: 1,
      links: [{ installationId: 'bench', status: 'matched', teamId: 'T0BENCH', slackUserId: slackUser(n, count) }],
    },
  }));
}

export function prefillInstallation(kafka: Kafka, state: 'active' | 'lost'): Promise<void> {
  return prefill(kafka, 'carillon.installation.changed.v1', 1, () => ({
    key: 'bench',
    id: 'i',
    source: '/bench',
    data: { ...installation, state },
  }));
}

export const requested = 'carillon.notification.requested.v1';
export const retracted = 'carillon.notification.retracted.v1';

/** Requests of acme, by default to one member each; `prefix` makes their ids. */
export function prefillRequests(
  kafka: Kafka,
  count: number,
  prefix: string,
  asking: (n: number) => object = (n) => ({ to: [{ member: member(n) }] }),
): Promise<void> {
  return prefill(kafka, requested, count, (n) => ({
    key: `${prefix}${n}`,
    id: `${prefix}${n}`,
    source: '/bench',
    data: { tenantId: 'acme', type: 'report.ready', ...asking(n), ...content(n) },
  }));
}
