// A connected workspace with channels, and a load that goes to them over Kafka.
import { randomUUID } from 'node:crypto';
import { kafkaClient, type Playground } from '@carillon/playground';
import { prefill } from './prefill.ts';

export interface Connected {
  installationId: string;
  teamId: string;
  channels: string[];
}

export async function connect(playground: Playground, channelCount: number): Promise<Connected> {
  const teamId = 'T0BENCH';
  const channels = Array.from({ length: channelCount }, (_, n) => `C0BENCH${n}`);
  await control(playground, '/_sim/workspaces', {
    id: teamId,
    name: 'Bench',
    users: [{ id: 'U0BENCHADMIN', name: 'Admin', email: 'admin@bench.test', admin: true }],
    channels: channels.map((id) => ({ id, name: id.toLowerCase(), members: ['bot'] })),
  });
  const { installationId } = await playground.connectWorkspace({ tenant: 'acme', teamId, profile: 'full' });
  return { installationId, teamId, channels };
}

export async function control(playground: Playground, path: string, body: object): Promise<unknown> {
  const response = await fetch(`${playground.slack.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

export async function load(playground: Playground, { installationId, channels }: Connected, count: number): Promise<void> {
  const run = randomUUID();
  await prefill(kafkaClient(playground.kafka.brokers, 'bench'), 'carillon.notification.requested.v1', count, (n) => {
    const channel = channels[n % channels.length]!;
    const data = { tenantId: 'acme', type: 'report.ready', to: [{ channel, installation: installationId }], title: `Report ${n}`, orderingKey: channel };
    return { key: channel, id: `${run}-${n}`, source: '/bench', data };
  });
}

export interface Posts {
  ok: number;
  rateLimited: number;
}

export async function posts(playground: Playground): Promise<Posts> {
  const response = await fetch(`${playground.slack.url}/_sim/requests?method=chat.postMessage&items=false`);
  const { byMethod } = (await response.json()) as { byMethod: Record<string, Posts> };
  return byMethod['chat.postMessage'] ?? { ok: 0, rateLimited: 0 };
}

export async function messages(playground: Playground, teamId: string): Promise<{ channel: string; text: string; receivedAt: number }[]> {
  const response = await fetch(`${playground.slack.url}/_sim/messages?team=${teamId}`);
  return ((await response.json()) as { messages: { channel: string; text: string; receivedAt: number }[] }).messages;
}

