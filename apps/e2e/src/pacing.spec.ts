// Pacing before 429, with Slack's own limits in force. That no message comes too early is read from the instants at
// which Slack received the messages. That none comes much too late is compared with a plain loop that calls the same
// Slack at the same time, so that a slow machine slows both.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type { SeenMessage } from './slack-world.ts';
import { Stage, type Connected } from './stage.ts';
import { teardown } from './teardown.ts';
import { until } from './until.ts';

let stage: Stage;
let connected: Connected[];
let database: pg.Pool;

beforeAll(async () => {
  stage = await Stage.start();
  connected = await stage.connectWorkspaces(2, 10);
  database = new pg.Pool({ connectionString: stage.playground.postgres.databaseUrl('delivery'), max: 1 });
});

afterAll(() => Promise.all([database?.end(), teardown()]));

const intervalMs = 1_000;
/** `receivedAt` is in whole milliseconds. */
const toleranceMs = 2;
/** `answerMarginMs` of pacing.ts in delivery. */
const answerMarginMs = 25;
const eachChannel = 20;

const title = (message: SeenMessage): number => Number(/Report (\d+)/.exec(JSON.stringify(message))?.[1]);
const span = (times: readonly number[]): number => Math.max(...times) - Math.min(...times);

/**
 * What a sender without any work of its own achieves here: a claim that commits, a call to Slack, then one interval
 * after its answer the next.
 */
async function plainLoop(calls: number): Promise<number> {
  const times: number[] = [];
  for (let call = 0; call < calls; call++) {
    if (call > 0) await delay(intervalMs);
    await database.query('SELECT pg_current_xact_id()');
    await fetch(`${stage.playground.slack.url}/api/api.test`, { method: 'POST' }).then((answer) => answer.text());
    times.push(performance.now());
  }
  return span(times);
}

/** The delay of 99 % of the timers of the delivery process since this was asked before, in ms. */
async function deliveryDelay(): Promise<number> {
  const text = await (await fetch(`${stage.playground.service('delivery').url}/metrics`)).text();
  return Number(/^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(text)![1]) * 1000;
}

/** From the write of a message to its answer, in ms, by delivery. */
async function latenciesOf(messages: readonly SeenMessage[]): Promise<Map<string, number>> {
  const { rows } = await database.query<{ id: string; ms: number }>(
    'SELECT delivery_id AS id, latency_ms AS ms FROM attempt WHERE delivery_id = ANY($1)',
    [messages.map((message) => message.metadata!.event_payload.delivery_id)],
  );
  return new Map(rows.map(({ id, ms }) => [id, ms]));
}

/**
 * By how much Slack may have received a message later than the sender assumes: between its write and its answer, and
 * 25 ms after its write at most. A machine that is busy answers later than that.
 */
function seenLate(latencies: ReadonlyMap<string, number>, message: SeenMessage): number {
  return Math.max(0, latencies.get(message.metadata!.event_payload.delivery_id)! - answerMarginMs);
}

describe('pacing', () => {
  test('200 messages over 10 channels: none before its interval, no 429, in order, and within 1.1 of a plain loop', async () => {
    const [workspace] = connected;
    const { rateLimited } = await stage.slack.requests('chat.postMessage', workspace!.teamId);
    await deliveryDelay();
    const load = stage.load([workspace!], 10 * eachChannel);
    await stage.underWay(load, 1 / load.ids.length);
    const [plain] = await Promise.all([plainLoop(eachChannel), stage.ended(load.ids)]);
    const allowed = plain * 1.1 + (eachChannel - 1) * (await deliveryDelay());

    expect((await stage.slack.requests('chat.postMessage', workspace!.teamId)).rateLimited).toBe(rateLimited);
    const messages = await stage.slack.messages({ team: workspace!.teamId });
    const latencies = await latenciesOf(messages);
    expect(messages).toHaveLength(10 * eachChannel);
    for (const channel of workspace!.channels) {
      const own = messages.filter((message) => message.channel === channel).sort((a, b) => a.receivedAt - b.receivedAt);
      expect(own).toHaveLength(eachChannel);
      const order = own.map(title);
      expect(order).toEqual([...order].sort((a, b) => a - b));
      const times = own.map(({ receivedAt }) => receivedAt);
      const early = own
        .slice(1)
        .map((message, n) => intervalMs - seenLate(latencies, own[n]!) - (message.receivedAt - own[n]!.receivedAt));
      expect(Math.max(...early)).toBeLessThanOrEqual(toleranceMs);
      expect(span(times)).toBeLessThanOrEqual(allowed);
    }
  });

  test('a 429 in one workspace delays no other', async () => {
    const [limited, other] = connected;
    const requests = () => stage.slack.requests('chat.postMessage', limited!.teamId);
    const { rateLimited } = await requests();
    await stage.slack.fault({
      kind: 'rate_limit',
      method: 'chat.postMessage',
      team: limited!.teamId,
      value: 15,
      count: 1,
    });
    const held = stage.load([limited!], 10);
    await until('the refusal', async () => (await requests()).rateLimited > rateLimited);
    const free = stage.load([other!], 10);
    await stage.ended(free.ids);
    // The limited workspace has still to wait when the other one has everything.
    expect(held.ids.filter((id) => stage.outcomes.of(id).length === 0)).not.toEqual([]);
    await stage.ended(held.ids);
    expect((await requests()).rateLimited - rateLimited).toBeLessThanOrEqual(2);
  });
});
