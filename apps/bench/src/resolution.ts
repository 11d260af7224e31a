// requested → resolved, through the service and through a bare loop that produces records of the same recipients, in
// turn over the same prefilled topic: one person with overrides, the same while other members change, a fan-out of 50,
// and workflows with three conditions. 100,000 members are in the replica.
import { kafkaClient, startPlayground, type Playground } from '@carillon/playground';
import type { Kafka } from 'kafkajs';
import pg from 'pg';
import { startChild } from './child-process.ts';
import { member, prefill, prefillRequests, prefillTenant, requested } from './prefill.ts';
import { compareProgress, progressOf, rewind, type Progress } from './progress-of-group.ts';
import type { Figure } from './report.ts';

const members = 100_000;
/** Those whom requests address. */
const active = 10_000;
const roundCount = 3;
const group = 'carillon.preferences';
const changesPerSecond = 100;

interface Case {
  bench: string;
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
  { bench: 'resolution', records: 100_000, decisions: 1, asking: onePerson },
  { bench: 'resolution-while-changing', records: 100_000, decisions: 1, asking: onePerson, changing: true },
  {
    bench: 'resolution-fan-out',
    records: 10_000,
    decisions: 50,
    asking: (n) => ({ to: Array.from({ length: 50 }, (_, i) => ({ member: member(n * 50 + i, active) })) }),
  },
  {
    bench: 'resolution-workflows',
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
  for (const one of cases) yield await measured(one);
}

async function measured(one: Case): Promise<Figure> {
  const playground = await startPlayground({
    portOffset: 'free',
    quiet: true,
    services: ['preferences'],
    durable: false,
    env: { preferences: { LOG_LEVEL: 'warn', QUOTA_REQUESTS_PER_SECOND: '1000000', QUOTA_BURST: '1000000' } },
  });
  const kafka = kafkaClient(playground.kafka.brokers, 'bench');
  const admin = kafka.admin();
  const database = new pg.Client({ connectionString: playground.postgres.databaseUrl('preferences', 'migration') });
  try {
    await Promise.all([admin.connect(), database.connect()]);
    const preferences = playground.service('preferences');
    await prefillTenant(kafka, 'active', members);
    await overrides(database);
    await workflows(playground, one.workflows ?? []);
    await preferences.stop();
    await prefillRequests(kafka, one.records, 'k', one.asking);
    await admin.createTopics({ topics: [{ topic: 'bare.resolved', numPartitions: 12 }] });
    const servers = { postgres: playground.postgres.pid, kafka: playground.kafka.pid };
    const rounds = { ours: [] as Progress[], bare: [] as Progress[] };
    for (let round = 0; round < roundCount; round++) {
      const bareGroup = `bare-${round}`;
      const bare = startChild('bare/transform', {
        BROKERS: playground.kafka.brokers.join(','),
        FROM: requested,
        TO: 'bare.resolved',
        GROUP: bareGroup,
        DECISIONS: String(one.decisions),
      });
      rounds.bare.push(
        await progressOf(admin, bareGroup, requested, one.records, () => ({ process: bare.pid, kafka: servers.kafka })),
      );
      await bare.stop();
      await rewind(admin, group, requested);
      // Each round reads the same records: their ids are to be new to it, as they are mostly.
      await database.query('TRUNCATE request_digest');
      await preferences.start();
      const stopChanging = one.changing === true ? changeMembers(kafka) : () => Promise.resolve();
      rounds.ours.push(
        await progressOf(admin, group, requested, one.records, () => ({ process: preferences.pid, ...servers })),
      );
      await stopChanging();
      await preferences.stop();
    }
    const { bench, records, decisions } = one;
    return { ...compareProgress(bench, 'notifications/s', rounds), records, decisionsPerNotification: decisions };
  } finally {
    await Promise.all([admin.disconnect(), database.end()]);
    await playground.stop();
  }
}

/** Each of those who are addressed chose something. */
async function overrides(database: pg.Client): Promise<void> {
  await database.query(
    `INSERT INTO member_preferences (tenant_id, member_id, slack_off, types, categories, updated_by)
     SELECT 'acme', 'm' || n, false, '{"report.ready": ["slack"]}', '{"reports": ["email"]}', 'bench'
       FROM generate_series(0, ${active - 1}) AS n`,
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
