// The stage that the files of this folder share, and what they do on it. Tests of one file keep apart from those of
// another by ids of their own; tenant acme has its own workspace (with ada and her colleagues), and a second one with
// two members and three channels.
import { randomUUID } from 'node:crypto';
import { notificationIdOf } from '@carillon/domain/ids';
import { kafkaClient, lagOf } from '@carillon/playground';
import type { Kafka } from 'kafkajs';
import pg from 'pg';
import type { SeenMessage } from '../slack-world.ts';
import { SpanCollector } from '../span-collector.ts';
import { Stage } from '../stage.ts';
import { teardown } from '../teardown.ts';
import { until } from '../until.ts';

export let stage: Stage;
export let spans: SpanCollector;
export let kafka: Kafka;
/** Of the second workspace. */
export let installationId: string;
export const team = 'T0SHARED';
let ledger: pg.Pool;

export const ada = { team: 'T0ACME', user: 'U0ACMEADA' };
export const admin = { tenant: 'acme', sub: 'sre', roles: ['admin'] } as const;
export const operator = { tenant: '', sub: 'ops', roles: ['operator'] } as const;

export async function startSharedStage(): Promise<void> {
  spans = await SpanCollector.start();
  const traced = {
    OTEL_EXPORTER_OTLP_ENDPOINT: spans.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '200',
    LOG_LEVEL: 'debug',
  };
  stage = await Stage.start({
    seed: true,
    services: ['installation', 'directory-sync', 'preferences', 'delivery', 'slack-ingress'],
    env: {
      installation: traced,
      'directory-sync': traced,
      preferences: traced,
      delivery: { ...traced, CHANNEL_PER_SECOND: '20' },
    },
  });
  kafka = kafkaClient(stage.playground.kafka.brokers, 'e2e');
  ledger = new pg.Pool({ connectionString: stage.playground.postgres.databaseUrl('delivery'), max: 1 });
  ledger.on('error', () => undefined);
  await stage.slack.limits({ channelPerSecond: 50 });
  await stage.slack.workspace({
    id: team,
    name: 'Shared',
    users: ['ONE', 'TWO'].map((name) => ({
      id: `U0${name}`,
      name,
      email: `${name.toLowerCase()}@shared.test`,
      admin: true,
    })),
    channels: [
      { id: 'C0IN', name: 'in', members: ['bot'] },
      { id: 'C0OUT', name: 'out', members: [] },
      { id: 'C0SECRET', name: 'secret', private: true, members: [] },
    ],
  });
  ({ installationId } = await stage.playground.connectWorkspace({ tenant: 'acme', teamId: team, profile: 'full' }));
  await stage.product.declareMembers(
    ['one', 'two'].map((id) => ({
      tenantId: 'acme',
      memberId: id,
      email: `${id}@shared.test`,
      name: id,
      active: true,
    })),
  );
  await until('both to be linked', async () => (await stage.linkedPeople('acme', installationId)) === 2);
}

export async function stopSharedStage(): Promise<void> {
  await Promise.all([ledger?.end(), teardown()]);
  spans?.stop();
}

export const idOf = (id: string): string => notificationIdOf('acme', stage.product.source, id);

/** A request for a member of the first workspace. */
export const report = (over: object = {}): object => ({
  tenantId: 'acme',
  type: 'report.ready',
  to: [{ member: 'ada' }],
  title: 'Report ready',
  ...over,
});

/** A request for a channel of the second workspace. */
export const toChannel = (channel = 'C0IN'): object => ({
  tenantId: 'acme',
  type: 'report.ready',
  to: [{ channel, installation: installationId }],
});

export async function publish(data: object, id: string = randomUUID()): Promise<string> {
  await stage.product.publish([{ id, data: { title: `About ${id}`, ...data } }]);
  return id;
}

/** Published, and ended in whatever outcome. */
export async function published(data: object): Promise<string> {
  const id = await publish(data);
  await stage.ended([idOf(id)]);
  return id;
}

export async function publishOn(topic: string, key: string, data: object): Promise<void> {
  const attributes = {
    ce_specversion: '1.0',
    ce_id: randomUUID(),
    ce_source: stage.product.source,
    ce_type: topic,
    'content-type': 'application/json',
  };
  const headers = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, Buffer.from(value)]));
  await stage.product.publishRaw(key, Buffer.from(JSON.stringify(data)), headers, topic);
}

const retracted = 'carillon.notification.retracted.v1';

export const retract = (id: string): Promise<void> =>
  publishOn(retracted, idOf(id), { tenantId: 'acme', source: stage.product.source, id });

/** Until delivery has committed every retraction: offsets are committed after the effect. */
export async function retractionsHandled(): Promise<void> {
  const client = kafka.admin();
  await client.connect();
  try {
    await until('delivery to have read every retraction', async () => {
      const { groups } = await client.listGroups();
      const reading = groups.find(({ groupId }) => groupId === 'carillon.delivery.deferred');
      return reading !== undefined && (await lagOf(client, reading.groupId, retracted)) === 0;
    });
  } finally {
    await client.disconnect();
  }
}

/** Publishes a decision for member `one`, as preferences would. */
export async function decide(mode: object, title: string): Promise<string> {
  const id = randomUUID();
  await publishOn('carillon.notification.resolved.v1', 'member:one', {
    tenantId: 'acme',
    notification: {
      notificationId: idOf(id),
      source: stage.product.source,
      id,
      type: 'report.ready',
      category: 'reports',
      content: { title },
      priority: 'normal',
    },
    policies: { ambiguity: 'resend', mutable: true, retentionDays: 90 },
    decisions: [
      {
        recipient: 'member:one',
        verdict: 'send',
        destinations: [{ kind: 'slack', surface: 'dm', installationId, teamId: team, channel: 'U0ONE' }],
        mode,
        reasons: [{ code: 'addressed' }],
      },
    ],
  });
  return id;
}

/** Messages in a channel of the second workspace that contain a text. */
export const seen = async (text: string, channel = 'C0IN'): Promise<SeenMessage[]> =>
  (await messages(channel)).filter((message) => JSON.stringify(message).includes(text));

export const messages = (channel = 'C0IN'): Promise<SeenMessage[]> => stage.slack.messages({ team, channel });

/** How many messages to a person contain a text. */
export async function seenBy(person: { team: string; user: string }, text: string): Promise<number> {
  return (await stage.slack.messages(person)).filter((message) => JSON.stringify(message).includes(text)).length;
}

export async function delivery<T = Record<string, unknown>>(
  method: 'GET' | 'POST',
  path: string,
  { body, as = admin }: { body?: object; as?: { tenant: string; sub: string; roles: readonly string[] } } = {},
): Promise<{ status: number; body: T }> {
  const token = await stage.playground.token(as as typeof admin & { roles: [] });
  const response = await fetch(`${stage.playground.service('delivery').url}/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as T };
}

/**
 * Pauses the lane of the second workspace. Resolves when its owner knows: it reads the pauses each time that it has
 * renewed its lease, so the second renewal after the pause has seen it.
 */
export async function pauseLane<T>(reason?: string): Promise<{ status: number; body: T }> {
  const answer = await delivery<T>('POST', `lanes/${team}/pause`, {
    as: operator,
    ...(reason && { body: { reason } }),
  });
  const renewals = new Set<string>();
  await until(
    'the owner of the lane to renew its lease twice',
    async () => {
      const { rows } = await ledger.query<{ lease: string }>(
        'SELECT p.lease_until::text AS lease FROM lane l JOIN pod p USING (pod_id) WHERE l.lane_id = $1',
        [team],
      );
      for (const { lease } of rows) renewals.add(lease);
      return renewals.size > 2;
    },
    { everyMs: 50 },
  );
  return answer;
}

export const resumeLane = () => delivery('POST', `lanes/${team}/resume`, { as: operator });

/** Everything on a topic, from its beginning to its present end. */
export async function everythingOn(
  topic: string,
): Promise<{ key: Buffer | null; value: Buffer | null; headers: Record<string, unknown> }[]> {
  const admin = kafka.admin();
  const consumer = kafka.consumer({ groupId: `e2e-${randomUUID()}`, maxWaitTimeInMs: 100 });
  await Promise.all([admin.connect(), consumer.connect()]);
  try {
    const expected = (await admin.fetchTopicOffsets(topic)).reduce(
      (sum, { high, low }) => sum + Number(high) - Number(low),
      0,
    );
    const records: Awaited<ReturnType<typeof everythingOn>> = [];
    if (expected === 0) return records;
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: ({ message }) => {
        records.push({ key: message.key, value: message.value, headers: message.headers ?? {} });
        return Promise.resolve();
      },
    });
    await until(`${expected} records on ${topic}`, () => records.length >= expected);
    return records;
  } finally {
    await Promise.all([admin.disconnect(), consumer.disconnect()]);
  }
}
