// What producers that are not ours may write without harm to anybody: kcat and confluent-kafka, with every codec, every
// broken envelope that we could think of, batches that unpack to far more than they are, and forged records on our own
// topics. Guarantees, on the whole platform: each valid record between them is handled once and in its order, each
// other one is a dead letter that names the fault, and no service notices. Without ACLs on the broker, as here.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeadLetterName } from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import { kafkaClient, serviceNames, until } from '@carillon/playground';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Admin } from 'kafkajs';
import { acceptedForms, type Good } from './foreign-producers/accepted-envelopes.ts';
import {
  codecs,
  produceWithConfluent,
  produceWithKcat,
  type Codec,
  type ForeignRecord,
  type Placed,
} from './foreign-producers/clients.ts';
import { forgedRecords } from './foreign-producers/forged-records.ts';
import { Letters } from './foreign-producers/letters.ts';
import { refusedForms, refusedOnTopic } from './foreign-producers/refused-envelopes.ts';
import { everythingRead, peakMemoryOf, pidsOf, readinessOf } from './foreign-producers/services.ts';
import {
  productTopics,
  record,
  request,
  retractable,
  source,
  structured,
  type ProductTopic,
} from './foreign-producers/valid-records.ts';
import { Stage, type Connected } from './stage.ts';

type TopicName = 'requested' | 'retracted' | 'member';
const topicNames: TopicName[] = ['requested', 'retracted', 'member'];
const partition = 0;

const folder = mkdtempSync(join(tmpdir(), 'carillon-foreign-producers-'));
let stage: Stage;
let admin: Admin;
let letters: Letters;
let acme: Connected;
let globex: Connected;
let productTopic: Record<TopicName, ProductTopic>;
let pids: Record<string, number | undefined>;
/** Numbers of the valid records on each topic, in the order of publication, and where they are. */
const valid = { requested: [] as number[], retracted: [] as number[], member: [] as number[] };
const validAt: { topic: string; placed: Placed }[] = [];

beforeAll(async () => {
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
  stage = await Stage.set({
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
}, 180_000);

afterAll(async () => {
  await Promise.allSettled([letters?.stop(), admin?.disconnect()]);
  await stage?.strike();
  rmSync(folder, { recursive: true });
}, 60_000);

const target = (channel: number) => ({ installation: acme.installationId, channel: acme.channels[channel]! });
const produce = (records: ForeignRecord[], codec: Codec = 'none'): Promise<Placed[]> =>
  produceWithConfluent(stage.playground.kafka.brokers, records, codec);

/** The titles `<word>-<n>` that people see in a channel, in the order in which they were posted. */
async function titlesIn({ teamId, channels }: Connected, channel: number, word: string): Promise<string[]> {
  const messages = await stage.slack.messages({ team: teamId, channel: channels[channel]! });
  return messages
    .sort((a, b) => Number(a.ts) - Number(b.ts))
    .map((message) => new RegExp(`${word}-\\d+`).exec(JSON.stringify(message))?.[0] ?? `not ours: ${message.text}`);
}

function goodRecord(name: TopicName, n: number): Good {
  const topic = productTopic[name];
  const data = topic.data(n);
  const id = `${name}-${n}`;
  return { topic, id, data, record: record(topic.name, id, data, { key: topic.key(n), partition }) };
}

function nextValid(name: TopicName): ForeignRecord {
  const n = valid[name].length;
  valid[name].push(n);
  const forms = Object.values(acceptedForms);
  const good = goodRecord(name, n);
  return { ...good.record, ...forms[n % forms.length]!(good) };
}

const rejectedNumber = 9_000;

/** What is not as it should be with the letters of these records, a line each. */
function complaints(
  expected: readonly {
    kind: string;
    topic: string;
    placed: Placed;
    reason: RegExp;
    detail: RegExp;
    readers?: number;
  }[],
): string[] {
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

async function expectLetters(expected: Parameters<typeof complaints>[0]): Promise<void> {
  await everythingRead(admin, 60_000);
  await until('the dead letters', () => !complaints(expected).some((line) => /: \d+ dead letters of /.test(line)), {
    timeoutMs: 5_000,
  }).catch(() => undefined);
  expect(complaints(expected)).toEqual([]);
}

async function untilSeen(
  connected: Connected,
  channel: number,
  word: string,
  expected: readonly string[],
): Promise<void> {
  await until(
    `${expected.length} messages`,
    async () => (await titlesIn(connected, channel, word)).length >= expected.length,
    { timeoutMs: 40_000, everyMs: 250 },
  ).catch(() => undefined);
  expect(await titlesIn(connected, channel, word)).toEqual(expected);
}

describe('each codec', () => {
  test.each(codecs.map((codec, at) => [codec, at] as const))(
    '%s: a batch of kcat and one of confluent-kafka are delivered in order',
    async (codec, at) => {
      const topic = productTopic.requested.name;
      const [kcatChannel, confluentChannel] = [2 + 2 * at, 3 + 2 * at];
      const titles = (word: string): string[] => [0, 1, 2, 3].map((n) => `${word}-${n}`);
      await produceWithKcat(stage.playground.kafka.brokers, {
        ...{ topic, partition: at, key: `kcat-${codec}`, codec },
        headers: { 'content-type': 'application/cloudevents+json' },
        values: titles('kcat').map((title) =>
          structured(topic, `${codec}-${title}`, request(target(kcatChannel), title, codec)),
        ),
      });
      const records = titles('confluent').flatMap((title) => [
        record(topic, `${codec}-${title}`, request(target(confluentChannel), title, codec), { partition: at }),
        { ...record(topic, `${codec}-${title}-bad`, {}, { partition: at }), value: Buffer.from('{') },
      ]);
      const placed = await produce(records, codec);
      await untilSeen(acme, kcatChannel, 'kcat', titles('kcat'));
      await untilSeen(acme, confluentChannel, 'confluent', titles('confluent'));
      const bad = placed.filter((_, n) => n % 2 === 1);
      await expectLetters(
        bad.map((one, n) => ({ kind: `bad ${n}`, topic, placed: one, reason: /^not_json$/, detail: /too early/ })),
      );
    },
  );
});

describe('broken envelopes between valid ones', () => {
  const kinds = Object.fromEntries(
    topicNames.map((name) => [name, { ...refusedForms, ...refusedOnTopic[name] }]),
  ) as Record<TopicName, typeof refusedForms>;

  test.each(topicNames)(
    '%s: each is a dead letter that names the fault, byte for byte where it fits',
    async (name) => {
      const topic = productTopic[name].name;
      const rejected = Object.entries(kinds[name]).map(([kind, { form, ...expected }], n) => {
        const good = goodRecord(name, rejectedNumber + n);
        return { kind, ...expected, record: { ...good.record, ...form(good) } };
      });
      expect(rejected.length).toBeGreaterThan(90);
      const records = rejected.flatMap(({ record: one }, n) => (n % 3 === 0 ? [nextValid(name), one] : [one]));
      records.push(nextValid(name));
      const placed = await produce(records);
      const placeOf = (one: ForeignRecord): Placed => placed[records.indexOf(one)]!;
      const bad = new Set(rejected.map(({ record: one }) => one));
      for (const one of records) if (!bad.has(one)) validAt.push({ topic, placed: placeOf(one) });
      await expectLetters(
        rejected.map(({ record: one, ...expected }) => ({ ...expected, topic, placed: placeOf(one) })),
      );
      const unlike = rejected.filter(({ record: one }) => {
        const { key, value } = one;
        const place = placeOf(one);
        const letter = place.error === undefined ? letters.of(topic, place)[0] : undefined;
        return (
          letter &&
          letter.headers['dlq_truncated'] === undefined &&
          !(same(letter.key, key) && same(letter.value, value))
        );
      });
      expect(unlike.map(({ kind }) => kind)).toEqual([]);
    },
    120_000,
  );

  test('a producer hears of a request that was refused, by the same reason', async () => {
    const names = Object.keys(kinds.requested);
    for (const [kind, reason] of Object.entries({
      'a field that is misspelt': 'invalid_payload',
      'NUL in a text': 'invalid_payload',
      'a type that is not declared': 'unknown_type',
    })) {
      const id = notificationIdOf('acme', source, `requested-${rejectedNumber + names.indexOf(kind)}`);
      await until(
        `the failed outcome of ${kind}`,
        () => stage.outcomes.of(id).some((outcome) => outcome.outcome === 'failed' && outcome.reason === reason),
        { timeoutMs: 10_000 },
      );
    }
  });
});

const same = (a: Buffer | null, b: Buffer | null): boolean => a === b || (a !== null && b !== null && a.equals(b));

describe('records that unpack to far more than they are', () => {
  const bytesEach = 3_000_000;

  test.each(codecs.filter((codec) => codec !== 'none'))(
    '%s: 3 MB of no JSON and 9 MB of white space, on every topic, between valid ones of the same batch',
    async (codec) => {
      const bombs: (Omit<Parameters<typeof complaints>[0][number], 'placed'> & { record: ForeignRecord })[] = [];
      const records = topicNames.flatMap((name) => {
        const { topic, record: good } = goodRecord(name, rejectedNumber);
        const [noJson, tooLarge] = [
          { ...good, value: Buffer.from('{'), padTo: bytesEach },
          { ...good, padTo: 9_000_000 },
        ];
        bombs.push({
          kind: `${name}, 3 MB`,
          topic: topic.name,
          record: noJson,
          reason: /^not_json$/,
          detail: /too early/,
        });
        bombs.push({
          kind: `${name}, 9 MB`,
          topic: topic.name,
          record: tooLarge,
          reason: /^value_too_large$/,
          detail: /9000000 bytes; at most/,
        });
        return [nextValid(name), noJson, nextValid(name), tooLarge, nextValid(name)];
      });
      const placed = await produce(records, codec);
      for (const [n, one] of records.entries())
        if (!bombs.some((bomb) => bomb.record === one)) validAt.push({ topic: one.topic, placed: placed[n]! });
      await expectLetters(
        bombs.map(({ record: one, ...rest }) => ({ ...rest, placed: placed[records.indexOf(one)]! })),
      );
    },
  );

  test.each([
    ['gzip', topicNames],
    ['zstd', topicNames],
    ['lz4', ['requested']],
  ] as [Codec, TopicName[]][])(
    '%s: 180 MB in one batch is one dead letter that says so',
    async (codec, names) => {
      for (const name of names) {
        const { topic, record: good } = goodRecord(name, rejectedNumber);
        const placed = await produce([{ ...good, value: Buffer.from('{'), padTo: bytesEach, copies: 60 }], codec);
        const offsets = placed.map((one) => Number(one.error === undefined ? one.offset : Number.NaN));
        await everythingRead(admin, 60_000);
        const covered = letters.offsets(topic.name, partition).flatMap((offset) => {
          const batch = letters
            .of(topic.name, { partition, offset })
            .find(({ reason, detail }) => reason === 'decompression_limit' && /more than|limit|at most/.test(detail));
          return batch ? [[Number(offset), Number(batch.lastOffset)] as const] : [];
        });
        expect(offsets.filter((offset) => !covered.some(([first, last]) => first <= offset && offset <= last))).toEqual(
          [],
        );
        await produce([nextValid(name)], codec).then(([one]) => validAt.push({ topic: topic.name, placed: one! }));
      }
    },
    120_000,
  );

  test('what the broker refuses reaches nobody: more than 1 MB packed, and a state without a key', async () => {
    const large = await produce(
      [{ ...goodRecord('requested', rejectedNumber).record, padTo: bytesEach, copies: 60 }],
      'snappy',
    );
    expect(new Set(large.map(({ error }) => error))).toEqual(new Set(['MSG_SIZE_TOO_LARGE']));
    const [keyless] = await produce([{ ...goodRecord('member', rejectedNumber).record, key: null }]);
    expect(keyless!.error).toBeDefined();
  });
});

describe('after all of that', () => {
  test('every valid request was delivered once, in the order of its key', async () => {
    await untilSeen(
      acme,
      0,
      'chain',
      valid.requested.map((n) => `chain-${n}`),
    );
  });

  test('every valid member is known, and no other', async () => {
    const expected = valid.member.map((n) => `foreign-${n}: Foreign ${n}`).sort();
    const known = async (): Promise<string[]> =>
      (await people('foreign-')).map(({ memberId, name }) => `${memberId}: ${name}`).sort();
    await until('the members', async () => (await known()).length >= expected.length, { timeoutMs: 10_000 }).catch(
      () => undefined,
    );
    expect(await known()).toEqual(expected);
  });

  test('every valid retraction holds, and no other', async () => {
    const topic = productTopic.requested.name;
    const ids = [...valid.retracted, rejectedNumber].map((n) => retractable(n));
    await produce(ids.map((id) => record(topic, id, request(target(1), `${id}`, 'retracted'))));
    const outcomes = (): (string | undefined)[] =>
      ids.map((id) => stage.outcomes.of(notificationIdOf('acme', source, id))[0]?.outcome);
    await until('an outcome of each', () => outcomes().every((outcome) => outcome !== undefined), {
      timeoutMs: 30_000,
    });
    expect(outcomes()).toEqual([...valid.retracted.map(() => 'cancelled'), 'delivered']);
    expect(await titlesIn(acme, 1, 'retractable')).toEqual([retractable(rejectedNumber)]);
  });

  test('no valid record is in the dead letters', () => {
    const refused = validAt.filter(
      ({ topic, placed }) => placed.error !== undefined || letters.of(topic, placed).length > 0,
    );
    expect(refused).toEqual([]);
    expect(validAt.length).toBeGreaterThan(90);
  });
});

const post = async (service: 'installation', path: string, token: string): Promise<number> =>
  (
    await fetch(`${stage.playground.service(service).url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    })
  ).status;

async function people(q: string): Promise<{ memberId: string; name: string; email: string }[]> {
  const token = await stage.playground.token({ tenant: 'acme', sub: 'admin', roles: ['admin'] });
  const response = await fetch(`${stage.playground.service('directory-sync').url}/v1/people?limit=200&q=${q}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return ((await response.json()) as { items: { memberId: string; name: string; email: string }[] }).items;
}

describe('forged records on our own topics', () => {
  const delivered = 'forgery-victim';
  const requested = 'carillon.notification.requested.v1';
  const idOf = (id: string): string => notificationIdOf('acme', source, id);
  const toAda = (id: string) =>
    record(requested, id, { tenantId: 'acme', type: 'report.ready', to: [{ member: 'ada' }], title: `To Ada ${id}` });
  const adaSees = async (id: string): Promise<number> =>
    (await stage.slack.messages({ team: 'T0ACME', user: 'U0ACMEADA' })).filter(
      (message) => !message.deleted && JSON.stringify(message).includes(`To Ada ${id}`),
    ).length;

  test('each is a dead letter of every reader, and nothing is posted', async () => {
    await produce([toAda(delivered)]);
    await stage.ended([idOf(delivered)], 20_000);
    const place = (connected: Connected) => ({
      installation: connected.installationId,
      channel: connected.channels[0]!,
      team: connected.teamId,
    });
    const forged = Object.entries(forgedRecords({ acme: place(acme), globex: place(globex), delivered })).map(
      ([kind, one]) => ({ kind, ...one }),
    );
    const placed = await produce(forged.map((one) => one.record));
    await expectLetters(
      forged.map(({ record: { topic }, ...expected }, n) => ({ ...expected, topic, placed: placed[n]! })),
    );
    for (const { failed, reason } of forged) {
      if (failed === undefined) continue;
      await until(
        `the failed outcome of ${failed}`,
        () => stage.outcomes.of(idOf(failed)).some((one) => one.outcome === 'failed' && reason.test(one.reason ?? '')),
        { timeoutMs: 10_000 },
      );
    }
    expect((await stage.slack.messages()).filter((message) => JSON.stringify(message).includes('forged'))).toEqual([]);
    expect(await adaSees(delivered)).toBe(1);
  });

  test('a known id with other content is refused, and the first content stands', async () => {
    const [placed] = await produce([
      record(requested, delivered, {
        tenantId: 'acme',
        type: 'report.ready',
        to: [{ member: 'grace' }],
        title: 'Another content',
      }),
    ]);
    await expectLetters([
      { kind: 'a reused id', topic: requested, placed: placed!, reason: /^id_reused$/, detail: /other content/ },
    ]);
    expect(JSON.stringify(await stage.slack.messages())).not.toContain('Another content');
  });

  test('what is no outcome stops no reader of outcomes', async () => {
    const topic = 'carillon.notification.outcome.v1';
    await produce([
      { ...record(topic, 'no-outcome-1', {}), value: Buffer.from('{') },
      { ...record(topic, 'no-outcome-2', {}), value: null, headers: [] },
      record(topic, 'no-outcome-3', { notification: 7 }),
    ]);
    await produce([toAda('after-outcomes')]);
    await stage.ended([idOf('after-outcomes')], 20_000);
  });

  test("the true state still wins: what the product says of Ada next is applied, and so is globex's own disconnection", async () => {
    const ada = (version: number, active: boolean) =>
      record(
        'carillon.member.changed.v1',
        `ada-${version}`,
        { tenantId: 'acme', memberId: 'ada', email: 'ada@acme.test', name: 'Ada Lovelace', active, version },
        { key: 'acme:ada', ceSource: '/acme/people' },
      );
    const verdictOf = async (id: string): Promise<string | undefined> => {
      await produce([toAda(id)]);
      await until(`the outcome of ${id}`, () => stage.outcomes.of(idOf(id)).length > 0, { timeoutMs: 20_000 });
      return stage.outcomes.of(idOf(id))[0]?.reason ?? stage.outcomes.of(idOf(id))[0]?.outcome;
    };
    await produce([ada(2, false)]);
    await untilDecided('acme', { member: 'ada' }, 'suppress');
    expect(await verdictOf('while-inactive')).toBe('member_inactive');
    await produce([ada(3, true)]);
    await untilDecided('acme', { member: 'ada' }, 'send');
    expect(await verdictOf('active-again')).toBe('delivered');
    expect(await adaSees('active-again')).toBe(1);

    const toGlobex = (id: string) =>
      record(
        requested,
        id,
        { tenantId: 'globex', type: 'report.ready', to: [{ channel: globex.channels[0] }], title: `globex-${id}` },
        { ceSource: '/globex/app' },
      );
    const globexId = (id: string): string => notificationIdOf('globex', '/globex/app', id);
    await produce([toGlobex('1')]);
    await stage.ended([globexId('1')], 20_000);
    expect(await titlesIn(globex, 0, 'globex')).toEqual(['globex-1']);
    const token = await stage.playground.token({ tenant: 'globex', sub: 'admin', roles: ['security_admin'] });
    expect(await post('installation', `/v1/installations/${globex.installationId}/disconnect`, token)).toBeLessThan(
      300,
    );
    await untilDecided('globex', { channel: globex.channels[0] }, 'suppress');
    await produce([toGlobex('2')]);
    await until('its outcome', () => stage.outcomes.of(globexId('2')).length > 0, { timeoutMs: 20_000 });
    expect(stage.outcomes.of(globexId('2'))[0]).toMatchObject({
      outcome: 'suppressed',
      reason: 'installation_disconnected',
    });
  }, 90_000);

  /** Until preferences would decide so: the product's record went through directory-sync to it. */
  async function untilDecided(tenant: string, to: object, verdict: string): Promise<void> {
    const token = await stage.playground.token({ tenant, sub: 'admin', roles: ['admin'] });
    await until(`preferences to decide ${verdict}`, async () => {
      const response = await fetch(`${stage.playground.service('preferences').url}/v1/explain`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ type: 'report.ready', title: 'Asked', to: [to] }),
      });
      const { recipients = [] } = (await response.json()) as { recipients?: { verdict: string }[] };
      return recipients[0]?.verdict === verdict;
    });
  }
});

describe('the services', () => {
  test('are ready, have read everything, and none was started again', async () => {
    await everythingRead(admin, 60_000);
    const readiness = await readinessOf(stage.playground);
    expect(readiness).toEqual(Object.fromEntries(Object.keys(readiness).map((name) => [name, 200])));
    expect(Object.keys(readiness).length).toBeGreaterThanOrEqual(6);
    expect(pidsOf(stage.playground)).toEqual(pids);
  });

  test('took no more memory than a service may', () => {
    const peaks = Object.fromEntries(Object.entries(pids).map(([label, pid]) => [label, peakMemoryOf(pid!)]));
    console.log(JSON.stringify({ peakMemoryInMB: peaks }));
    for (const name of ['preferences', 'delivery', 'directory-sync']) expect(peaks[name]).toBeLessThan(700);
  });
});
