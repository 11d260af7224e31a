// The first sync of a workspace of 100,000 users and 20,000 channels, against one of 10,000 users and 2,000 channels:
// calls of Slack, processor time and memory. What a second sync writes where nothing changed. How long it takes until
// one new user is linked, by an event. And the channel picker. Slack's limits are lifted, so that the bench takes
// minutes; the figure of the calls says how long they would take under Slack's own.
import {
  connectSimulatedWorkspace,
  kafkaClient,
  publishEvent,
  startPlayground,
  until,
  type Playground,
} from '@carillon/playground';
import type { Kafka } from 'kafkajs';
import pg from 'pg';
import { prefill } from './prefill.ts';
import { memoryOf } from './process-memory.ts';
import { cpuSecondsOf, cpuSecondsOfTree } from './process-time.ts';
import { figure, percentile, type Figure } from './report.ts';
import { control } from './workspace.ts';
import { smallContainer } from './small-container.ts';

const sizes = [
  { tenant: 'tenant-0', teamId: 'T0SMALL', users: 10_000, channels: 2_000 },
  { tenant: 'tenant-1', teamId: 'T0LARGE', users: 100_000, channels: 20_000 },
] as const;
type Size = (typeof sizes)[number];
const rowsPerPage = 999;
/** Slack's tier 2, the one of both lists. */
const callsPerMinute = 20;
const newUsers = 200;
const searches = 500;
const recipients = 'carillon.recipient.changed.v1';

export async function* directoryBench(): AsyncIterable<Figure> {
  const playground = await startPlayground({
    portOffset: 'free',
    quiet: true,
    durable: false,
    services: ['installation', 'directory-sync', 'slack-ingress'],
    tenants: sizes.map(({ tenant }) => tenant),
    env: {
      installation: { LOG_LEVEL: 'warn' },
      'directory-sync': { LOG_LEVEL: 'warn', SLACK_PACE: '1000', SYNC_POLL_MS: '200', ...smallContainer },
    },
  });
  const database = new pg.Client({ connectionString: playground.postgres.databaseUrl('directory-sync', 'migration') });
  try {
    await database.connect();
    await control(playground, '/_sim/limits', { methods: { '*': null } });
    const stage: Stage = { playground, database, kafka: kafkaClient(playground.kafka.brokers, 'bench') };
    const [small, large] = sizes;
    const first = { small: await firstSync(stage, small), large: await firstSync(stage, large) };
    yield* figuresOf(first.small, first.large);
    yield await secondSync(stage, large, first.large);
    yield await linkOne(stage, large);
    yield await picker(stage, large, first.large.installationId);
  } finally {
    await database.end();
    await playground.stop();
  }
}

interface Stage {
  playground: Playground;
  database: pg.Client;
  kafka: Kafka;
}

interface FirstSync {
  installationId: string;
  calls: { users: number; channels: number };
  floor: number;
  seconds: number;
  cpuSeconds: number;
  postgresCpuSeconds: number;
  peakMb: number;
  rows: number;
}

async function firstSync(stage: Stage, { tenant, teamId, users, channels }: Size): Promise<FirstSync> {
  const { playground, database, kafka } = stage;
  await prefill(kafka, 'carillon.member.changed.v1', users, (n) => memberOf(tenant, `m${n + 1}`, `person${n + 1}`));
  await until('the members are stored', async () => (await count(database, 'member', tenant)) === users, {
    timeoutMs: 300_000,
    everyMs: 500,
  });
  const service = playground.service('directory-sync');
  // Its largest memory is to be that of the sync.
  await service.stop();
  await service.start();
  const cpu = { service: cpuSecondsOf(service.pid!), postgres: cpuSecondsOfTree(playground.postgres.pid!) };
  const transaction = await transactionOf(database);
  const generate = { users, channels, emailDomain: `${tenant}.test` };
  const { installationId } = await connectSimulatedWorkspace(playground, {
    ...{ teamId, tenant, channels: 0, profile: 'full', workspace: { generate } },
  });
  const begun = performance.now();
  await syncEnded(stage, installationId);
  const seconds = (performance.now() - begun) / 1_000;
  const { items } = (await read(playground, 'workspaces')) as {
    items: { id: string; counts: { users: number; channels: number } }[];
  };
  const { counts } = items.find(({ id }) => id === teamId)!;
  return {
    installationId,
    calls: {
      users: await callsOf(playground, teamId, 'users.list'),
      channels: await callsOf(playground, teamId, 'conversations.list'),
    },
    floor: Math.ceil(counts.users / rowsPerPage) + Math.ceil(counts.channels / rowsPerPage),
    seconds,
    cpuSeconds: cpuSecondsOf(service.pid!) - cpu.service,
    postgresCpuSeconds: cpuSecondsOfTree(playground.postgres.pid!) - cpu.postgres,
    peakMb: memoryOf(service.pid!).peakMb,
    rows: await writtenSince(database, transaction),
  };
}

function* figuresOf(small: FirstSync, large: FirstSync): Iterable<Figure> {
  const [{ users: few }, { users: many, channels }] = sizes;
  const calls = large.calls.users + large.calls.channels;
  yield figure('directory-calls', calls, large.floor, 'calls of the first sync', 'less', {
    goal: 'ratio = 1',
    users: many,
    channels,
    callsOf: large.calls,
    tookSeconds: Math.round(large.seconds),
    minutesAtSlacksLimits: {
      users: large.calls.users / callsPerMinute,
      channels: large.calls.channels / callsPerMinute,
      usersWithPagesOf200: Math.ceil(many / 200) / callsPerMinute,
    },
  });
  const perThousand = (cpuSeconds: number, users: number): number => (cpuSeconds / users) * 1_000;
  yield figure(
    'directory-cpu',
    perThousand(large.cpuSeconds, many),
    perThousand(small.cpuSeconds, few),
    'CPU seconds per 1,000 users',
    'less',
    {
      users: { ours: many, baseline: few },
      postgres: {
        ours: Number(perThousand(large.postgresCpuSeconds, many).toFixed(4)),
        baseline: Number(perThousand(small.postgresCpuSeconds, few).toFixed(4)),
      },
    },
  );
  yield figure('directory-memory', large.peakMb, small.peakMb, 'MB of RSS at most', 'less', {
    goal: 'ratio ≤ 1.3',
    ...smallContainer,
    users: { ours: many, baseline: few },
  });
}

/** The baseline is what the first one wrote. */
async function secondSync(stage: Stage, { tenant }: Size, { installationId, rows }: FirstSync): Promise<Figure> {
  const { playground, database, kafka } = stage;
  const admin = kafka.admin();
  await admin.connect();
  const published = async (): Promise<number> =>
    (await admin.fetchTopicOffsets(recipients)).reduce((sum, { high }) => sum + Number(high), 0);
  const outboxEmpty = (): Promise<boolean> =>
    database.query('SELECT FROM outbox LIMIT 1').then(({ rowCount }) => rowCount === 0);
  await until('everything is published', outboxEmpty, { timeoutMs: 300_000, everyMs: 200 });
  const before = {
    messages: await published(),
    kept: await writtenSince(database, '0'),
    transaction: await transactionOf(database),
  };
  const token = await playground.token({ tenant, sub: 'bench', roles: ['admin'] });
  const { url } = playground.service('directory-sync');
  const headers = { authorization: `Bearer ${token}` };
  const begun = performance.now();
  const requested = await fetch(`${url}/v1/installations/${installationId}/syncs`, { method: 'POST', headers });
  if (requested.status !== 202) throw new Error(`a sync was answered ${requested.status}: ${await requested.text()}`);
  await syncEnded(stage, installationId);
  const seconds = (performance.now() - begun) / 1_000;
  await until('everything is published', outboxEmpty, { timeoutMs: 300_000, everyMs: 200 });
  const written = await writtenSince(database, before.transaction);
  const deleted = before.kept - (await writtenSince(database, '0'));
  const messages = (await published()) - before.messages;
  await admin.disconnect();
  return figure('directory-second-sync', written + deleted + messages, rows, 'rows and messages written', 'less', {
    goal: 'ours = 0',
    rows: written + deleted,
    messages,
    tookSeconds: Number(seconds.toFixed(1)),
  });
}

/** From the change in Slack until the recipient with its link is in Kafka. */
async function linkOne({ playground, kafka }: Stage, { tenant, teamId }: Size): Promise<Figure> {
  const goalMs = 2_000;
  const linkedAt = new Map<string, number>();
  const consumer = kafka.consumer({ groupId: 'bench-recipients' });
  await consumer.connect();
  await consumer.subscribe({ topic: recipients, fromBeginning: true });
  await consumer.run({
    eachMessage: ({ message }) => {
      const value = message.value?.toString() ?? '';
      if (value.includes('"matched"')) linkedAt.set(message.key?.toString() ?? '', Date.now());
      return Promise.resolve();
    },
  });
  try {
    const names = Array.from({ length: newUsers }, (_, n) => `new${n}`);
    await publishEvent(
      kafka,
      'carillon.member.changed.v1',
      names.map((name) => memberOf(tenant, name, name)),
    );
    await until('the consumer reads', () => linkedAt.has(`${tenant}:m1`), {
      timeoutMs: 60_000,
    });
    const late: number[] = [];
    for (const name of names) {
      const from = Date.now();
      const id = `U0${name.toUpperCase()}`;
      await control(playground, '/_sim/workspaces', {
        id: teamId,
        users: [{ id, name, email: `${name}@${tenant}.test` }],
      });
      await until(`${name} is linked`, () => linkedAt.has(`${tenant}:${name}`), {
        timeoutMs: 30_000,
        everyMs: 2,
      });
      late.push(linkedAt.get(`${tenant}:${name}`)! - from);
    }
    return figure('directory-link-one', percentile(late, 0.99), goalMs, 'ms', 'less', {
      goal: `p99 ≤ ${goalMs}, the baseline`,
      p50: percentile(late, 0.5),
      links: newUsers,
    });
  } finally {
    await consumer.disconnect();
  }
}

async function picker({ playground }: Stage, { tenant, channels }: Size, installationId: string): Promise<Figure> {
  const goalMs = 20;
  const token = await playground.token({ tenant, sub: 'bench', roles: ['admin'] });
  const { url } = playground.service('directory-sync');
  const took: number[] = [];
  for (let n = 0; n < searches; n++) {
    const number = String((n * 7_919) % channels);
    // In turn what begins with it, and what has it inside.
    const q = n % 2 === 0 ? `channel-${number}` : `l-${number}`;
    const query = new URLSearchParams({ q, installation: installationId }).toString();
    const from = performance.now();
    const answer = await fetch(`${url}/v1/channels?${query}`, { headers: { authorization: `Bearer ${token}` } });
    const { items } = (await answer.json()) as { items?: unknown[] };
    took.push(performance.now() - from);
    if (!answer.ok || items === undefined) throw new Error(`the picker answered ${answer.status}`);
  }
  return figure('directory-picker', percentile(took, 0.99), goalMs, 'ms', 'less', {
    goal: `p99 ≤ ${goalMs}, the baseline`,
    p50: Number(percentile(took, 0.5).toFixed(1)),
    channels,
    searches,
  });
}

function memberOf(tenantId: string, memberId: string, mailbox: string) {
  return {
    ...{ key: `${tenantId}:${memberId}`, id: `${tenantId}-${memberId}`, source: '/bench' },
    data: { tenantId, memberId, email: `${mailbox}@${tenantId}.test`, name: memberId, active: true, version: 1 },
  };
}

async function count(database: pg.Client, table: 'member', tenant: string): Promise<number> {
  const { rows } = await database.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table} WHERE tenant_id = $1`, [
    tenant,
  ]);
  return rows[0]!.n;
}

async function transactionOf(database: pg.Client): Promise<string> {
  return (await database.query<{ id: string }>('SELECT pg_current_xact_id()::text AS id')).rows[0]!.id;
}

/** Rows of the directory that a transaction of this number or later wrote. */
async function writtenSince(database: pg.Client, transaction: string): Promise<number> {
  const { rows } = await database.query<{ rows: number }>(
    `SELECT sum(n)::int AS rows FROM (${['slack_user', 'channel', 'link', 'recipient', 'member', 'installation']
      .map((table) => `SELECT count(*) AS n FROM ${table} WHERE xmin::text::bigint >= $1::bigint`)
      .join(' UNION ALL ')}) AS counts`,
    [transaction],
  );
  return rows[0]!.rows;
}

async function syncEnded({ database }: Stage, installationId: string): Promise<void> {
  const state = async (): Promise<string | undefined> => {
    const { rows } = await database.query<{ state: string; error: string | null }>(
      'SELECT state, error FROM sync WHERE installation_id = $1 ORDER BY created_at DESC LIMIT 1',
      [installationId],
    );
    const { state: now = '', error } = rows[0] ?? {};
    return now === 'done' || now === 'failed' ? `${now} ${error}` : undefined;
  };
  const end = await until('the sync ended', state, { timeoutMs: 600_000, everyMs: 100 });
  if (!end.startsWith('done')) throw new Error(`the sync ended: ${end}`);
}

async function callsOf(playground: Playground, team: string, method: string): Promise<number> {
  const { byMethod } = (await read(playground, `requests?team=${team}&method=${method}&items=false`)) as {
    byMethod: Record<string, { ok: number; errors: number; rateLimited: number }>;
  };
  const { ok = 0, errors = 0, rateLimited = 0 } = byMethod[method] ?? {};
  return ok + errors + rateLimited;
}

async function read(playground: Playground, what: string): Promise<unknown> {
  const response = await fetch(`${playground.slack.url}/_sim/${what}`);
  if (!response.ok) throw new Error(`/_sim/${what} answered ${response.status}: ${await response.text()}`);
  return response.json();
}
