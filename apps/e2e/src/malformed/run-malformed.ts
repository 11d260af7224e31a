// Malformed requests with valid ones between them, through the real preferences service, and what became of each.
// Guarantee: every broken promise is in `details`, with the kind of the record. It measures how fast the service is,
// but does not judge it.
import { kafkaClient } from '@carillon/playground';
import type { Kafka, Message } from 'kafkajs';
import { SeededRandom } from '@carillon/runtime/testing';
import { peakMemoryOf } from '../foreign-producers/services.ts';
import { Stage } from '../stage.ts';
import { until } from '../until.ts';
import { DecisionsAndLetters, digestOf } from './decisions-and-letters.ts';
import type { MalformedKind } from './malformed-kinds.ts';
import { mixedRecords, sizeOf, topicName, type MixedRecord } from './mixed-records.ts';

export interface MalformedOptions {
  seed: number;
  malformed: number;
  valid: number;
  timeoutMs?: number;
}

export interface MalformedReport {
  seed: number;
  malformed: number;
  kinds: number;
  valid: number;
  letters: number;
  decided: number;
  /** From the first letter or decision to the last. */
  seconds: number;
  recordsPerSecond: number;
  peakMemoryMB: number;
  /** By reason. */
  reasons: Record<string, number>;
  broken: number;
  details: string[];
}

interface Expected {
  kind: MalformedKind;
  digest: string;
}

interface Published {
  malformed: Map<string, Expected>;
  /** The ids of each recipient, in the order of publication. */
  valid: Map<string, string[]>;
}

const shownDetails = 10;
const chunkBytes = 800_000;
const chunkRecords = 500;

/** Without a quota, which would hold back what is to be measured. */
export const startMalformedStage = (): Promise<Stage> =>
  Stage.start({
    services: ['preferences'],
    tenants: [
      { id: 'acme', sources: ['/acme/*'] },
      { id: 'globex', sources: ['/globex/*'] },
    ],
    env: { preferences: { QUOTA_REQUESTS_PER_SECOND: '1000000', QUOTA_BURST: '1000000' } },
  });

/** The records are published while the service is stopped: what is measured is how it works them off. */
export async function runMalformed(stage: Stage, options: MalformedOptions): Promise<MalformedReport> {
  const { seed, malformed, valid } = options;
  const [service] = stage.playground.processes().filter(({ name }) => name === 'preferences');
  const kafka = kafkaClient(stage.playground.kafka.brokers, 'e2e');
  const seen = new DecisionsAndLetters(kafka);
  await service!.stop();
  const published = await publish(kafka, mixedRecords(new SeededRandom(seed), malformed, valid));
  await seen.start();
  try {
    await service!.start();
    await service!.waitReady();
    const { pid } = service!;
    await until(
      'every record to be decided or in the dead letters',
      () => {
        if (service!.pid !== pid) return true;
        const [letters, decided] = [seen.letters.size, seen.decidedCount];
        if (letters >= malformed && decided >= valid) return true;
        throw new Error(`there are ${letters} of ${malformed} letters, ${decided} of ${valid} decisions`);
      },
      options,
    ).catch(() => undefined); // what is missing is in the details
    const details = service!.pid === pid ? [] : ['preferences has ended'];
    details.push(...brokenOf(published, seen));
    const seconds = (seen.lastAt - seen.firstAt) / 1000;
    return {
      ...{ seed, malformed, valid, letters: seen.letters.size, decided: seen.decidedCount },
      kinds: new Set([...published.malformed.values()].map(({ kind }) => kind.name)).size,
      seconds: Math.round(seconds * 10) / 10,
      recordsPerSecond: Math.round((malformed + valid) / seconds),
      peakMemoryMB: service!.pid === undefined ? 0 : peakMemoryOf(service!.pid),
      reasons: countsOf([...seen.letters.values()].map(([letter]) => letter!.reason)),
      broken: details.length,
      details: details.slice(0, shownDetails),
    };
  } finally {
    await seen.stop();
  }
}

async function publish(kafka: Kafka, records: Iterable<MixedRecord>): Promise<Published> {
  const published: Published = { malformed: new Map(), valid: new Map() };
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  let [chunk, size]: [MixedRecord[], number] = [[], 0];
  const send = async (): Promise<void> => {
    if (chunk.length === 0) return;
    const placed = await producer.send({ topic: topicName, acks: -1, messages: chunk.map(messageOf) });
    const next = new Map(placed.map(({ partition, baseOffset }) => [partition, Number(baseOffset)]));
    for (const { partition, malformed: kind, key, value, headers, recipient, id } of chunk) {
      const offset = next.get(partition)!;
      next.set(partition, offset + 1);
      if (kind) {
        const digest = digestOf(key, value, headers as [string, Buffer][]);
        published.malformed.set(`${partition}/${offset}`, { kind, digest });
      } else published.valid.set(recipient, [...(published.valid.get(recipient) ?? []), id]);
    }
    [chunk, size] = [[], 0];
  };
  for (const one of records) {
    const bytes = sizeOf(one);
    if (size + bytes > chunkBytes || chunk.length === chunkRecords) await send();
    chunk.push(one);
    size += bytes;
  }
  await send();
  await producer.disconnect();
  return published;
}

function messageOf({ partition, key, value, headers }: MixedRecord): Message {
  const byName = Map.groupBy(headers, ([name]) => name);
  return {
    partition,
    key,
    value,
    headers: Object.fromEntries([...byName].map(([name, some]) => [name, some.map(([, given]) => given!)])),
  };
}

function brokenOf({ malformed, valid }: Published, { letters, decided }: DecisionsAndLetters): string[] {
  const broken: string[] = [];
  for (const [place, { kind, digest }] of malformed) {
    const [letter, ...others] = letters.get(place) ?? [];
    const at = `${kind.name} (${place})`;
    if (!letter) broken.push(`${at}: no dead letter`);
    else if ([letter, ...others].some((one) => one.digest !== digest)) broken.push(`${at}: other bytes in the letter`);
    else if (!kind.reason.test(letter.reason) || !kind.detail.test(letter.detail))
      broken.push(`${at}: the letter says ${letter.reason}: ${letter.detail.slice(0, 300)}`);
  }
  for (const place of letters.keys()) if (!malformed.has(place)) broken.push(`a valid record has a letter: ${place}`);
  for (const [recipient, ids] of valid) {
    const found = decided.get(recipient) ?? [];
    const wrong = ids.findIndex((id, n) => found[n] !== id);
    if (wrong >= 0)
      broken.push(`${recipient}: ${ids[wrong]} was published, ${found[wrong]} was decided as number ${wrong}`);
    else if (found.length > ids.length) broken.push(`${recipient}: ${found.at(ids.length)} was decided too`);
  }
  for (const recipient of decided.keys())
    if (!valid.has(recipient)) broken.push(`${recipient} was decided for, by a malformed record`);
  return broken;
}

const countsOf = (names: readonly string[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, some]) => [name, some.length]));
