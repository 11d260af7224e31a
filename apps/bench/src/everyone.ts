// One request to everyone of a tenant with 100,000 members, until the last decision is published; beside the same
// members named one by one, 50 in a request. Reports the decisions a second of both, and the most memory that the
// process held while it fanned out.
import { setTimeout as sleep } from 'node:timers/promises';
import { readFileSync, writeFileSync } from 'node:fs';
import { kafkaClient, recordOf, startPlayground } from '@carillon/playground';
import pg from 'pg';
import { member, prefillRequests, prefillTenant, requested } from './prefill.ts';
import { progressOf, rewind } from './progress-of-group.ts';
import { figure, median, type Figure } from './report.ts';

const members = 100_000;
const named = 50;
const requests = 6_000;
const roundCount = 3;
const group = 'carillon.preferences';
const unlimited = '10000000';

export async function* everyoneBench(): AsyncIterable<Figure> {
  const playground = await startPlayground({
    portOffset: 'free',
    quiet: true,
    services: ['preferences'],
    durable: false,
    env: {
      preferences: {
        LOG_LEVEL: 'warn',
        QUOTA_REQUESTS_PER_SECOND: unlimited,
        QUOTA_BURST: unlimited,
        FAN_OUT_RECIPIENTS_PER_SECOND: unlimited,
      },
    },
  });
  const kafka = kafkaClient(playground.kafka.brokers, 'bench');
  const [admin, producer] = [kafka.admin(), kafka.producer({ allowAutoTopicCreation: false })];
  const database = new pg.Client({ connectionString: playground.postgres.databaseUrl('preferences', 'migration') });
  try {
    await Promise.all([admin.connect(), producer.connect(), database.connect()]);
    const preferences = playground.service('preferences');
    await prefillTenant(kafka, 'active', members);
    await preferences.stop();
    const to = (n: number) => Array.from({ length: named }, (_, i) => ({ member: member(n * named + i, members) }));
    await prefillRequests(kafka, requests, 'k', (n) => ({ to: to(n) }));
    const rates = { everyone: [] as number[], named: [] as number[] };
    let [before, most] = [0, 0];
    for (let round = 0; round < roundCount; round++) {
      await rewind(admin, group, requested);
      await database.query('TRUNCATE request_digest');
      await preferences.start();
      const progress = await progressOf(admin, group, requested, requests, () => ({}));
      rates.named.push(progress.recordsPerSecond * named);
      await preferences.restart();
      before = Math.max(before, residentMb(preferences.pid, 'VmRSS'));
      // The peak of the start does not count.
      writeFileSync(`/proc/${preferences.pid}/clear_refs`, '5');
      const begun = performance.now();
      const id = `everyone-${round}`;
      const data = { tenantId: 'acme', type: 'report.ready', title: 'To all', to: [{ everyone: true }] };
      await producer.send({
        topic: requested,
        acks: -1,
        messages: [recordOf(requested, { key: id, id, source: '/acme/bench', data })],
      });
      await doneAfter(database, round + 1);
      rates.everyone.push(members / ((performance.now() - begun) / 1_000));
      most = Math.max(most, residentMb(preferences.pid, 'VmHWM'));
      await preferences.stop();
    }
    yield figure('everyone', median(rates.everyone), median(rates.named), 'decisions/s', 'more', {
      ...{ members, residentMbBefore: before, residentMbPeak: most },
    });
  } finally {
    await Promise.allSettled([admin.disconnect(), producer.disconnect(), database.end()]);
    await playground.stop();
  }
}

async function doneAfter(database: pg.Client, count: number): Promise<void> {
  for (;;) {
    const { rows } = await database.query<{ done: number }>('SELECT count(done_at)::int AS done FROM fan_out');
    if (rows[0]!.done >= count) return;
    await sleep(20);
  }
}

function residentMb(pid: number | undefined, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)![1]) / 1_024);
}
