// requested → resolved, through the service and through a bare loop that produces the same records, in turn over the
// same prefilled topic: one person with overrides, the same while other members change, a fan-out of 50, and workflows
// with three conditions. 100,000 members are in the replica. And the memory of the service, with 10,000 members and
// with a million, of whom requests address 10,000.
import { kafkaClient, startPlayground, type Playground } from '@carillon/playground';
import type { Admin, Kafka } from 'kafkajs';
import pg from 'pg';
import { startChild } from './child-process.ts';
import { member, prefill, prefillRequests, prefillTenant, requested } from './prefill.ts';
import { memoryOf, type Memory } from './process-memory.ts';
import { compareProgress, progressOf, rewind, type Progress } from './progress-of-group.ts';
import { figure, type Figure } from './report.ts';
import { smallContainer } from './small-container.ts';

const members = 100_000;
const manyMembers = 1_000_000;
/** Those whom requests address. */
const active = 10_000;
const roundCount = 3;
const group = 'carillon.preferences';
const changesPerSecond = 100;
const resolved = 'carillon.notification.resolved.v1';
const bareResolved = 'bare.resolved';

interface Case {
  bench: string;
  goal?: string;
  records: number;
  /** Decisions of a request. */
  decisions: number;
  asking: (n: number) => object;
  /** The conditions of workflows that tell one member each. */
  workflows?: string[];
  changing?: boolean;
}

const onePerson = (n: number): object => ({ to: [{ member: member(n, active) }] });

const cases: Case[] = [
  { bench: 'resolution', goal: 'ratio ≥ 0.85', records: 100_000, decisions: 1, asking: onePerson },
  {
    bench: 'resolution-while-changing',
    goal: 'ratio ≥ 0.7',
    records: 100_000,
    decisions: 1,
    asking: onePerson,
    changing: true,
  },
  {
    bench: 'resolution-fan-out',
    records: 10_000,
    decisions: 50,
    asking: (n) => ({ to: Array.from({ length: 50 }, (_, i) => ({ member: member(n * 50 + i, active) })) }),
  },
  {
    bench: 'resolution-workflows',
    goal: 'ratio ≥ 0.6',
    records: 50_000,
    decisions: 1,
    asking: (n) => ({
      to: [{ workflow: true }],
      data: { score: n % 200, kind: n % 2 ? 'won' : 'lost', owner: { email: `${member(n, active)}@acme.test` } },
    }),
    workflows: [
      'data.score >= 0 && data.kind in ["won", "lost"] && data.owner.email.endsWith("@acme.test")',
      'data.score > 1000',
      'data.kind == "open"',
    ],
  },
];

export async function* resolutionBench(): AsyncIterable<Figure> {
  for (const one of cases) yield await withReplica((stage) => measured(one, stage));
  yield await withReplica(memory, smallContainer);
}

interface Stage {
  playground: Playground;
  kafka: Kafka;
  admin: Admin;
  database: pg.Client;
}

/** With the members in the replica; `preferences` is stopped. */
async function withReplica(
  measure: (stage: Stage) => Promise<Figure>,
  env: Record<string, string> = {},
): Promise<Figure> {
  const playground = await startPlayground({
    portOffset: 'free',
    quiet: true,
    services: ['preferences'],
    durable: false,
    env: { preferences: { LOG_LEVEL: 'warn', QUOTA_REQUESTS_PER_SECOND: '1000000', QUOTA_BURST: '1000000', ...env } },
  });
  const kafka = kafkaClient(playground.kafka.brokers, 'bench');
  const admin = kafka.admin();
  const database = new pg.Client({ connectionString: playground.postgres.databaseUrl('preferences', 'migration') });
  try {
    await Promise.all([admin.connect(), database.connect()]);
    return await measure({ playground, kafka, admin, database });
  } finally {
    await Promise.all([admin.disconnect(), database.end()]);
    await playground.stop();
  }
}

async function measured(one: Case, { playground, kafka, admin, database }: Stage): Promise<Figure> {
  const { bench, goal, records, decisions, changing = false } = one;
  const preferences = playground.service('preferences');
  await prefillTenant(kafka, 'active', members);
  await overrides(database);
  await workflows(playground, one.workflows ?? []);
  await preferences.stop();
  await prefillRequests(kafka, records, 'k', one.asking);
  const partitions = await partitionsOf(admin, resolved);
  await admin.createTopics({ topics: [{ topic: bareResolved, numPartitions: partitions }] });
  const servers = { postgres: playground.postgres.pid, kafka: playground.kafka.pid };
  const rounds = { ours: [] as Progress[], bare: [] as Progress[] };
  for (let round = 0; round < roundCount; round++) {
    const bareGroup = `bare-${round}`;
    const bare = startChild('bare/transform', {
      BROKERS: playground.kafka.brokers.join(','),
      FROM: requested,
      TO: bareResolved,
      GROUP: bareGroup,
      PARTITIONS: String(partitions),
      CHUNK: decisions === 1 ? '1000' : '250',
    });
    rounds.bare.push(
      await progressOf(admin, bareGroup, requested, records, () => ({ process: bare.pid, kafka: servers.kafka })),
    );
    await bare.stop();
    await rewind(admin, group, requested);
    // Each round reads the same records: their ids are to be new to it, as they are mostly.
    await database.query('TRUNCATE request_digest');
    await preferences.start();
    const stopChanging = changing ? changeMembers(kafka) : () => Promise.resolve();
    rounds.ours.push(
      await progressOf(admin, group, requested, records, () => ({ process: preferences.pid, ...servers })),
    );
    await stopChanging();
    await preferences.stop();
  }
  const progress = compareProgress(bench, 'notifications/s', rounds);
  return {
    ...progress,
    ...(goal !== undefined && { goal }),
    records,
    decisionsPerNotification: decisions,
    decisionsPerSecond: progress.ours * decisions,
  };
}

/** The service resolves requests to the same people twice: when the replica has few members, and when it has many. */
async function memory({ playground, kafka, admin, database }: Stage): Promise<Figure> {
  const records = 50_000;
  const preferences = playground.service('preferences');
  await prefillTenant(kafka, 'active', active);
  await overrides(database);
  await preferences.stop();
  await prefillRequests(kafka, records, 'k', onePerson);
  const used: Memory[] = [];
  for (const count of [active, manyMembers]) {
    await addMembers(database, count);
    await rewind(admin, group, requested);
    await database.query('TRUNCATE request_digest');
    await preferences.start();
    await progressOf(admin, group, requested, records, () => ({}));
    used.push(memoryOf(preferences.pid!));
    await preferences.stop();
  }
  const [few, many] = used as [Memory, Memory];
  return figure('resolution-memory', many.peakMb, few.peakMb, 'MB of RSS at most', 'less', {
    goal: 'ours ≤ 250',
    ...smallContainer,
    members: { ours: manyMembers, baseline: active },
    activeMembers: active,
    atTheEndMb: { ours: many.nowMb, baseline: few.nowMb },
  });
}

/** As `prefillTenant` and the service write them, without the minute that these take for a million. */
async function addMembers(database: pg.Client, upTo: number): Promise<void> {
  await database.query(
    `INSERT INTO recipient (key, tenant_id, member_id, email, email_key, name, active, links, version, deleted)
     SELECT 'acme:m' || n, 'acme', 'm' || n, 'm' || n || '@acme.test', 'm' || n || '@acme.test', 'Member ' || n, true,
            jsonb_build_array(jsonb_build_object('installationId', 'bench', 'status', 'matched', 'teamId', 'T0BENCH',
                                                 'slackUserId', 'U0BENCH' || n)),
            1, false
       FROM generate_series(0, ${upTo - 1}) AS n ON CONFLICT DO NOTHING`,
  );
  await database.query('ANALYZE recipient');
}

async function partitionsOf(admin: Admin, topic: string): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  return topics[0]!.partitions.length;
}

/**
 * Each of those who are addressed chose channels for the type and its category, a time zone, and quiet hours, which do
 * not hold while the bench runs.
 */
async function overrides(database: pg.Client): Promise<void> {
  const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
  const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
  const settings = { timeZone: 'Africa/Abidjan', quietHours: [{ days, from: inHours(6), to: inHours(14) }] };
  await database.query(
    `INSERT INTO member_preferences (tenant_id, member_id, slack_off, types, categories, settings, updated_by)
     SELECT 'acme', 'm' || n, false, '{"report.ready": ["slack"]}', '{"reports": ["email"]}', $1, 'bench'
       FROM generate_series(0, ${active - 1}) AS n`,
    [settings],
  );
}

async function workflows(playground: Playground, conditions: readonly string[]): Promise<void> {
  const token = await playground.token({ tenant: 'acme', sub: 'bench', roles: ['owner'] });
  for (const [n, when] of conditions.entries()) {
    const answer = await fetch(`${playground.service('preferences').url}/v1/workflows`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: `w${n}`, type: 'report.ready', when, tell: [{ path: 'data.owner.email' }] }),
    });
    if (answer.status !== 201) throw new Error(`a workflow was answered ${answer.status}: ${await answer.text()}`);
  }
}

/** Members of the tenant whom nobody addresses, as many a second. Returns how it ends. */
function changeMembers(kafka: Kafka): () => Promise<void> {
  let version = 1;
  let running = Promise.resolve();
  const change = (): Promise<void> =>
    prefill(kafka, 'carillon.recipient.changed.v1', changesPerSecond / 10, (n) => {
      const id = member(active + ((version * 10 + n) % (members - active)), members);
      return {
        key: `acme:${id}`,
        id: `c${version}-${n}`,
        source: '/bench',
        data: {
          ...{ tenantId: 'acme', memberId: id, email: `${id}@acme.test`, name: 'Changed', active: true },
          ...{ version: Date.now(), links: [] },
        },
      };
    });
  const timer = setInterval(() => {
    version++;
    running = running.then(change);
  }, 100);
  return async () => {
    clearInterval(timer);
    await running;
  };
}
