// The load of `ingress`, in a thread of its own: events as Slack sends them, made and signed before the first is sent,
// over connections that stay open, each of which sends the next event when the last one is acknowledged. An answer
// other than 200 ends the benchmark.
import { createHmac } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { Pool } from 'undici';
import { cpuSecondsOfTree } from './process-time.ts';
import { percentile } from './report.ts';

export interface IngressLoad {
  url: string;
  signingSecret: string;
  /** Makes the ids of events distinct from those of all other runs. */
  run: string;
  /** Sent first, and not measured. */
  warmUp: number;
  events: number;
  concurrency: number;
  teams: number;
  /** The processes whose time is told. */
  pids: Record<string, number>;
}

export interface Acknowledged {
  eventsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Processor time of each process and its children, in microseconds an event. */
  cpuMicros: Record<string, number>;
}

const path = '/slack/events';

async function send({ url, concurrency, pids, events, warmUp, ...load }: IngressLoad): Promise<Acknowledged> {
  const pool = new Pool(url, { connections: concurrency, pipelining: 1 });
  const requests = Array.from({ length: warmUp + events }, (_, n) => signed(load, n));
  const sendAll = async (some: typeof requests): Promise<number[]> => {
    const latencies: number[] = [];
    let next = 0;
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        for (let request = some[next++]; request; request = some[next++]) {
          const begun = performance.now();
          const { statusCode, body } = await pool.request({ method: 'POST', path, ...request });
          const text = await body.text();
          if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}: ${text}`);
          latencies.push(performance.now() - begun);
        }
      }),
    );
    return latencies;
  };
  await sendAll(requests.slice(0, warmUp));
  const measured = requests.slice(warmUp);
  const before = cpuSecondsOfAll(pids);
  const begun = performance.now();
  const latencies = await sendAll(measured);
  const seconds = (performance.now() - begun) / 1_000;
  const after = cpuSecondsOfAll(pids);
  await pool.close();
  return {
    eventsPerSecond: events / seconds,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    cpuMicros: Object.fromEntries(
      Object.entries(after).map(([name, cpu]) => [name, ((cpu - before[name]!) * 1e6) / events]),
    ),
  };
}

const cpuSecondsOfAll = (pids: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, cpuSecondsOfTree(pid)]));

function signed(
  { signingSecret, run, teams }: Pick<IngressLoad, 'signingSecret' | 'run' | 'teams'>,
  n: number,
): { headers: Record<string, string>; body: Buffer } {
  const body = Buffer.from(JSON.stringify(teamJoin(`T0BENCH${n % teams}`, `Ev${run}${n}`, n)));
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const hmac = createHmac('sha256', signingSecret).update(`v0:${timestamp}:`).update(body);
  return {
    headers: {
      'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
      accept: '*/*',
      'content-type': 'application/json',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${hmac.digest('hex')}`,
    },
    body,
  };
}

/** About 1 kB. */
const teamJoin = (team: string, eventId: string, n: number): object => ({
  token: 'the-verification-token',
  team_id: team,
  context_team_id: team,
  context_enterprise_id: null,
  api_app_id: 'A0BENCH',
  event: {
    type: 'team_join',
    user: {
      id: `U0BENCH${n}`,
      team_id: team,
      name: `person.${n}`,
      deleted: false,
      real_name: `Person ${n}`,
      tz: 'Europe/Berlin',
      tz_offset: 7200,
      profile: {
        title: 'Account manager',
        real_name: `Person ${n}`,
        display_name: `person.${n}`,
        email: `person.${n}@acme.test`,
        avatar_hash: 'g1234567890a',
        image_192: 'https://secure.gravatar.com/avatar/0123456789abcdef0123456789abcdef.jpg?s=192',
        team,
      },
      is_admin: false,
      is_owner: false,
      is_restricted: false,
      is_ultra_restricted: false,
      is_bot: false,
      is_app_user: false,
      updated: 1796800000,
    },
    cache_ts: 1796800000,
    event_ts: `1796800000.${n}`,
  },
  type: 'event_callback',
  event_id: eventId,
  event_time: 1796800000,
  authorizations: [
    { enterprise_id: null, team_id: team, user_id: 'U0BOT', is_bot: true, is_enterprise_install: false },
  ],
  is_ext_shared_channel: false,
  event_context: '4-eyJldCI6InRlYW1fam9pbiIsInRpZCI6IlQwQkVOQ0giLCJhaWQiOiJBMEJFTkNIIn0',
});

parentPort!.postMessage(await send(workerData as IngressLoad));
