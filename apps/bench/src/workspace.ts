// What benchmarks do with a workspace of the simulated Slack: load for its channels over Kafka, and what came of it.
import { randomUUID } from 'node:crypto';
import { kafkaClient, type Playground, type ProducedEvent, type SimulatedWorkspace } from '@carillon/playground';
import { prefill, requested } from './prefill.ts';

export async function control(playground: Playground, path: string, body: object): Promise<unknown> {
  const response = await fetch(`${playground.slack.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

export interface Target {
  /** Default `acme`. */
  tenant?: string;
  installationId: string;
  channel: string;
}

/** A product's wish to tell a channel something. */
export function request(
  { tenant = 'acme', installationId, channel }: Target,
  id: string,
  title: string,
): ProducedEvent {
  const data = {
    tenantId: tenant,
    type: 'report.ready',
    to: [{ channel, installation: installationId }],
    title,
    orderingKey: channel,
  };
  return { key: channel, id, source: '/bench', data };
}

/** `count` requests at once, to the channels in turn. */
export async function load(
  playground: Playground,
  { installationId, channels, tenant }: Pick<SimulatedWorkspace, 'installationId' | 'channels'> & { tenant?: string },
  count: number,
): Promise<void> {
  const run = randomUUID();
  await prefill(kafkaClient(playground.kafka.brokers, 'bench'), requested, count, (n) =>
    request(
      { installationId, channel: channels[n % channels.length]!, ...(tenant !== undefined && { tenant }) },
      `${run}-${n}`,
      `Report ${n}`,
    ),
  );
}

export interface Posts {
  ok: number;
  rateLimited: number;
}

/** How often `chat.postMessage` was called, by one workspace or by all, and how it was answered. */
export async function posts(playground: Playground, team?: string): Promise<Posts> {
  const { byMethod } = (await readSimulator(playground, 'requests', {
    method: 'chat.postMessage',
    items: 'false',
    ...(team !== undefined && { team }),
  })) as {
    byMethod: Record<string, Posts>;
  };
  return byMethod['chat.postMessage'] ?? { ok: 0, rateLimited: 0 };
}

export interface Seen {
  channel: string;
  text: string;
  /** ms since 1970, on this machine's clock. */
  receivedAt: number;
}

export async function messages(
  playground: Playground,
  filter: { team?: string; since?: string } = {},
): Promise<Seen[]> {
  return ((await readSimulator(playground, 'messages', filter)) as { messages: Seen[] }).messages;
}

/** Each call of `chat.postMessage`, by one workspace or by all; of the last 50,000 calls. */
export async function calls(
  playground: Playground,
  team?: string,
): Promise<{ at: number; ok: boolean; rateLimited: boolean }[]> {
  const { items } = (await readSimulator(playground, 'requests', {
    method: 'chat.postMessage',
    ...(team !== undefined && { team }),
  })) as {
    items: { at: number; ok: boolean; rateLimited: boolean }[];
  };
  return items;
}

/** What a service would use to post, for a baseline that posts itself. */
export async function botToken(playground: Playground, installationId: string): Promise<string> {
  const token = await playground.token({ tenant: '', sub: 'delivery', roles: ['service'] });
  const response = await fetch(`${playground.service('installation').url}/v1/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ installationIds: [installationId] }),
  });
  const { tokens } = (await response.json()) as { tokens: { token: string }[] };
  return tokens[0]!.token;
}

async function readSimulator(
  playground: Playground,
  what: 'messages' | 'requests',
  filter: Record<string, string>,
): Promise<unknown> {
  const response = await fetch(`${playground.slack.url}/_sim/${what}?${new URLSearchParams(filter).toString()}`);
  if (!response.ok) throw new Error(`/_sim/${what} answered ${response.status}: ${await response.text()}`);
  return response.json();
}
