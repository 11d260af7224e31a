// The stage of the foreign producers: the whole platform, two tenants with a workspace each, a reader of dead letters,
// and what was published so far. The files of this folder share it, and run in the order of foreign-producers.spec.ts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeadLetterName } from '@carillon/domain';
import { kafkaClient, serviceNames } from '@carillon/playground';
import { expect } from '@jest/globals';
import { type Admin } from 'kafkajs';
import { acceptedForms, type Good } from './accepted-envelopes.ts';
import { codecs, produceWithConfluent, type Codec, type ForeignRecord, type Placed } from './clients.ts';
import { Letters } from './letters.ts';
import { everythingRead, pidsOf } from './services.ts';
import { productTopics, record, type ProductTopic } from './valid-records.ts';
import { Stage, type Connected } from '../stage.ts';
import { teardown } from '../teardown.ts';
import { until } from '../until.ts';

export type TopicName = 'requested' | 'retracted' | 'member';
export const topicNames: TopicName[] = ['requested', 'retracted', 'member'];
export const partition = 0;

const folder = mkdtempSync(join(tmpdir(), 'carillon-foreign-producers-'));
export let stage: Stage;
export let admin: Admin;
export let letters: Letters;
export let acme: Connected;
export let globex: Connected;
export let productTopic: Record<TopicName, ProductTopic>;
export let pids: Record<string, number | undefined>;
/** Numbers of the valid records on each topic, in the order of publication, and where they are. */
export const valid = { requested: [] as number[], retracted: [] as number[], member: [] as number[] };
export const validAt: { topic: string; placed: Placed }[] = [];

export async function startForeignProducerStage(): Promise<void> {
  const tenantsFile = join(folder, 'tenants.yaml');
  // `/playground` is who asks whether a new installation is known.
  writeFileSync(
    tenantsFile,
    JSON.stringify({
      tenants: ['acme', 'globex'].map((id) => ({ id, name: id, sources: [`/${id}/*`, '/playground'] })),
    }),
  );
  const env = Object.fromEntries(serviceNames.map((name) => [name, { TENANTS_FILE: tenantsFile }]));
  // The pace of a channel is not what is tested here.
  stage = await Stage.start({
    services: serviceNames,
    seed: true,
    env: { ...env, delivery: { ...env['delivery'], CHANNEL_PER_SECOND: '0', WORKSPACE_PER_MINUTE: '0' } },
  });
  await stage.slack.limits({ channelPerSecond: null, workspacePerMinute: null });
  acme = await stage.connectWorkspace('FOREIGN', { channels: 2 + 2 * codecs.length });
  globex = await stage.connectWorkspace('GLOBEX', { channels: 1, tenant: 'globex' });
  productTopic = productTopics(target(0));
  admin = kafkaClient(stage.playground.kafka.brokers, 'e2e').admin();
  await admin.connect();
  letters = Letters.read(stage.playground.kafka.brokers, (await admin.listTopics()).filter(isDeadLetterName));
  pids = pidsOf(stage.playground);
}

export async function stopForeignProducerStage(): Promise<void> {
  await Promise.allSettled([letters?.stop(), admin?.disconnect()]);
  await teardown();
  rmSync(folder, { recursive: true });
}

export const target = (channel: number) => ({ installation: acme.installationId, channel: acme.channels[channel]! });
export const produce = (records: ForeignRecord[], codec: Codec = 'none'): Promise<Placed[]> =>
  produceWithConfluent(stage.playground.kafka.brokers, records, codec);

/** The titles `<word>-<n>` that people see in a channel, in the order in which they were posted. */
export async function titlesIn({ teamId, channels }: Connected, channel: number, word: string): Promise<string[]> {
  const messages = await stage.slack.messages({ team: teamId, channel: channels[channel]! });
  return messages
    .sort((a, b) => Number(a.ts) - Number(b.ts))
    .map((message) => new RegExp(`${word}-\\d+`).exec(JSON.stringify(message))?.[0] ?? `not ours: ${message.text}`);
}

export function goodRecord(name: TopicName, n: number): Good {
  const topic = productTopic[name];
  const data = topic.data(n);
  const id = `${name}-${n}`;
  return { topic, id, data, record: record(topic.name, id, data, { key: topic.key(n), partition }) };
}

export function nextValid(name: TopicName): ForeignRecord {
  const n = valid[name].length;
  valid[name].push(n);
  const forms = Object.values(acceptedForms);
  const good = goodRecord(name, n);
  return { ...good.record, ...forms[n % forms.length]!(good) };
}

export const rejectedNumber = 9_000;

export interface ExpectedLetter {
  kind: string;
  topic: string;
  placed: Placed;
  reason: RegExp;
  detail: RegExp;
  readers?: number;
}

/** What is not as it should be with the letters of these records, a line each. */
function complaints(expected: readonly ExpectedLetter[]): string[] {
  return expected.flatMap(({ kind, topic, placed, reason, detail, readers = 1 }) => {
    if (placed.error !== undefined) return [`${kind}: the broker says ${placed.error}`];
    const found = letters.of(topic, placed);
    const wrong = found
      .filter((letter) => !reason.test(letter.reason) || !detail.test(letter.detail))
      .map((letter) => `${kind}: ${letter.reason}: ${letter.detail.slice(0, 300)}`);
    // At least once: a batch that is handled again gives another letter.
    return found.length < readers ? [`${kind}: ${found.length} dead letters of ${readers}`, ...wrong] : wrong;
  });
}

export async function expectLetters(expected: readonly ExpectedLetter[]): Promise<void> {
  await everythingRead(admin);
  await until(
    'the dead letters',
    () => !complaints(expected).some((line) => /: \d+ dead letters of /.test(line)),
  ).catch(() => undefined);
  expect(complaints(expected)).toEqual([]);
}

export async function untilSeen(
  connected: Connected,
  channel: number,
  word: string,
  expected: readonly string[],
): Promise<void> {
  await until(
    `${expected.length} messages`,
    async () => (await titlesIn(connected, channel, word)).length >= expected.length,
    { everyMs: 250 },
  ).catch(() => undefined);
  expect(await titlesIn(connected, channel, word)).toEqual(expected);
}
