// What a product is promised of one notification, on the real parts.
import { randomBytes, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { kafkaClient, repository, until } from '@carillon/playground';
import { deadLetterNameOf, notificationRequested } from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import type { Kafka } from 'kafkajs';
import { SpanCollector } from './span-collector.ts';
import { Stage } from './stage.ts';

let stage: Stage;
let spans: SpanCollector;
let kafka: Kafka;

beforeAll(async () => {
  spans = await SpanCollector.start();
  const traced = {
    OTEL_EXPORTER_OTLP_ENDPOINT: spans.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '200',
    LOG_LEVEL: 'debug',
  };
  stage = await Stage.set({
    seed: true,
    env: { installation: traced, 'directory-sync': traced, preferences: traced, delivery: traced },
  });
  kafka = kafkaClient(stage.playground.kafka.brokers, 'e2e');
}, 120_000);

afterAll(async () => {
  await stage?.strike();
  spans?.stop();
}, 60_000);

const report = (over: object = {}): object => ({
  tenantId: 'acme',
  type: 'report.ready',
  to: [{ member: 'ada' }],
  title: 'Report ready',
  ...over,
});
const idOf = (id: string): string => notificationIdOf('acme', stage.product.source, id);
const ada = { team: 'T0ACME', user: 'U0ACMEADA' };

async function seenBy(person: { team: string; user: string }, text: string): Promise<number> {
  return (await stage.slack.messages(person)).filter((message) => JSON.stringify(message).includes(text)).length;
}

/** Everything on a topic, from its beginning to its present end. */
async function everythingOn(
  topic: string,
): Promise<{ key: Buffer | null; value: Buffer | null; headers: Record<string, unknown> }[]> {
  const admin = kafka.admin();
  const consumer = kafka.consumer({ groupId: `e2e-${randomUUID()}`, maxWaitTimeInMs: 100 });
  await Promise.all([admin.connect(), consumer.connect()]);
  try {
    const expected = (await admin.fetchTopicOffsets(topic)).reduce(
      (sum, { high, low }) => sum + Number(high) - Number(low),
      0,
    );
    const records: Awaited<ReturnType<typeof everythingOn>> = [];
    if (expected === 0) return records;
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: ({ message }) => {
        records.push({ key: message.key, value: message.value, headers: message.headers ?? {} });
        return Promise.resolve();
      },
    });
    await until(`${expected} records on ${topic}`, () => records.length >= expected);
    return records;
  } finally {
    await Promise.all([admin.disconnect(), consumer.disconnect()]);
  }
}

describe('a notification', () => {
  test('one event gives one DM, and one outcome', async () => {
    const id = randomUUID();
    await stage.product.publish([{ id, data: report({ title: `Report ${id}` }) }]);
    await stage.ended([idOf(id)], 20_000);
    expect(await seenBy(ada, id)).toBe(1);
    expect(stage.outcomes.of(idOf(id))).toEqual([
      expect.objectContaining({ outcome: 'delivered', recipient: 'member:ada', attempts: 1, possibleDuplicate: false }),
    ]);
  });

  test('the same event twice gives one DM', async () => {
    const id = randomUUID();
    const event = { id, data: report({ title: `Report ${id}` }) };
    await stage.product.publish([event, event]);
    await stage.ended([idOf(id)], 20_000);
    await stage.product.publish([event]);
    const after = randomUUID();
    await stage.product.publish([{ id: after, data: report({ orderingKey: id, title: `Report ${after}` }) }]);
    await stage.ended([idOf(after)], 20_000);
    expect(await seenBy(ada, id)).toBe(1);
    expect(stage.outcomes.of(idOf(id))).toHaveLength(1);
  });

  test('a malformed record reaches the dead-letter topic byte for byte, and the next record is delivered', async () => {
    const key = `poison-${randomUUID()}`;
    const value = Buffer.concat([Buffer.from('{"tenantId": "acme", oops '), randomBytes(64)]);
    const headers = {
      ce_specversion: Buffer.from('1.0'),
      ce_id: Buffer.from(key),
      ce_source: Buffer.from('/x'),
      odd: Buffer.from([0, 255, 1]),
    };
    await stage.product.publishRaw(key, value, headers);
    const id = randomUUID();
    // The same key puts it behind the malformed one.
    await stage.product.publish([{ id, data: report({ title: `Report ${id}`, orderingKey: key }) }]);
    await stage.ended([idOf(id)], 20_000);
    expect(await seenBy(ada, id)).toBe(1);
    const dead = await until('the dead letter', async () =>
      (await everythingOn(deadLetterNameOf(notificationRequested))).find((record) => String(record.key) === key),
    );
    expect(dead.value!.equals(value)).toBe(true);
    for (const [name, bytes] of Object.entries(headers)) expect(bytes.equals(dead.headers[name] as Buffer)).toBe(true);
    expect(String(dead.headers['dlq_reason'])).not.toBe('');
  });

  test('a wrong field is named, in the dead letter and in a failed outcome', async () => {
    const id = randomUUID();
    await stage.product.publish([{ id, data: report({ priority: 'yesterday', title: 'x' }) }]);
    const dead = await until('the dead letter', async () =>
      (await everythingOn(deadLetterNameOf(notificationRequested))).find((record) => String(record.key) === id),
    );
    expect(String(dead.headers['dlq_detail'])).toContain('priority');
    await until('the failed outcome', () => stage.outcomes.of(idOf(id)).some(({ outcome }) => outcome === 'failed'));
  });

  test('an unknown type fails by name and stops nothing', async () => {
    const id = randomUUID();
    await stage.product.publish([{ id, data: report({ type: 'no.such.type' }) }]);
    await until('the failed outcome', () =>
      stage.outcomes.of(idOf(id)).some(({ reason }) => reason === 'unknown_type'),
    );
  });

  test('a member who is not linked gets a suppressed decision with the reason, visible in the timeline', async () => {
    const id = randomUUID();
    await stage.product.publish([{ id, data: report({ to: [{ member: 'emmy' }], title: `Report ${id}` }) }]);
    const timeline = await until('the timeline', () => stage.timeline(idOf(id)));
    expect(timeline.decisions).toEqual([
      expect.objectContaining({ recipient: 'member:emmy', verdict: 'suppress', deliveries: [] }),
    ]);
    expect(timeline.decisions[0]!.reasons).toContainEqual(expect.objectContaining({ code: 'not_linked' }));
    await until('the suppressed outcome', () =>
      stage.outcomes.of(idOf(id)).some(({ outcome }) => outcome === 'suppressed'),
    );
  });

  test('an address is the linked member, or else gets an e-mail', async () => {
    const linked = randomUUID();
    const stranger = randomUUID();
    await stage.product.publish([
      { id: linked, data: report({ to: [{ email: 'GRACE@acme.test' }], title: `Report ${linked}` }) },
      { id: stranger, data: report({ to: [{ email: 'visitor@elsewhere.test' }], title: `Report ${stranger}` }) },
    ]);
    await stage.ended([idOf(linked), idOf(stranger)], 20_000);
    expect(await seenBy({ team: 'T0ACME', user: 'U0ACMEGRACE' }, linked)).toBe(1);
    const mails = await (await fetch(`${stage.playground.mail.url}/messages`)).json();
    expect(JSON.stringify(mails)).toContain(stranger);
  });

  test('a preference changed between two resolutions of the same request sends nothing by a second way', async () => {
    const id = randomUUID();
    const event = { id, data: report({ to: [{ member: 'alan' }], title: `Report ${id}` }) };
    await stage.product.publish([event]);
    await stage.ended([idOf(id)], 20_000);
    const token = await stage.playground.token({ tenant: 'acme', sub: 'alan', roles: ['member'] });
    const changed = await fetch(`${stage.playground.service('preferences').url}/v1/members/me/preferences`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ types: { 'report.ready': ['email'] } }),
    });
    expect([changed.status, await changed.text()]).toEqual([200, expect.anything()]);
    const after = randomUUID();
    await stage.product.publish([
      event,
      { id: after, data: report({ to: [{ member: 'alan' }], title: `Report ${after}`, orderingKey: id }) },
    ]);
    await stage.ended([idOf(after)], 20_000);
    const mails = JSON.stringify(await (await fetch(`${stage.playground.mail.url}/messages`)).json());
    // The new preference is in force, and the old notification was not told a second time by it.
    expect(mails).toContain(after);
    expect(mails).not.toContain(id);
    expect(await seenBy({ team: 'T0ACME', user: 'U0ACMEALAN' }, id)).toBe(1);
  });
});

describe('an audience', () => {
  test('a channel, a group of members and a person twice: each hears it once', async () => {
    const id = randomUUID();
    const to = [
      { channel: 'C0ACMEREPORTS' },
      { members: ['grace', 'ada'] },
      { member: 'ada' },
      { email: 'ada@acme.test' },
    ];
    await stage.product.publish([
      { id, data: report({ to, title: `Report ${id}`, actions: [{ id: 'reload', label: 'Reload' }] }) },
    ]);
    await until('three outcomes', () => stage.outcomes.of(idOf(id)).length === 3, { timeoutMs: 20_000 });
    expect(
      stage.outcomes
        .of(idOf(id))
        .map(({ recipient, outcome }) => `${recipient} ${outcome}`)
        .sort(),
    ).toEqual(['channel:T0ACME:C0ACMEREPORTS delivered', 'group:ada,grace delivered', 'member:ada delivered']);
    const seen = (await stage.slack.messages({ team: 'T0ACME' })).filter((message) =>
      JSON.stringify(message).includes(id),
    );
    expect(seen).toHaveLength(3);
    expect(JSON.stringify(seen[0])).toContain('Reload');
  });

  test('a thousand members in one request are all decided', async () => {
    const id = randomUUID();
    const to = Array.from({ length: 1_000 }, (_, n) => ({ member: `nobody-${n}` }));
    await stage.product.publish([{ id, data: report({ to, title: `Report ${id}` }) }]);
    const timeline = await until('all decisions', async () => {
      const found = await stage.timeline(idOf(id));
      return found && found.decisions.length === 1_000 && found;
    });
    expect(new Set(timeline.decisions.flatMap((decision) => decision.reasons.map(({ code }) => code)))).toContain(
      'unknown_member',
    );
  });

  test('a notification that nobody hears has an outcome with the reason', async () => {
    const id = randomUUID();
    await stage.product.publish([{ id, data: report({ to: [] }) }]);
    await until('the outcome', () =>
      stage.outcomes.of(idOf(id)).some(({ outcome, reason }) => outcome === 'suppressed' && reason === 'nobody'),
    );
  });

  test('a value that no database can hold is refused by its name, and the next record is delivered', async () => {
    const poison = randomUUID();
    const id = randomUUID();
    await stage.product.publish([
      { id: poison, data: report({ orderingKey: poison, expiresAt: '2027-01-01T00:00:00+20:00' }) },
      { id, data: report({ orderingKey: poison, title: `Report ${id}` }) },
    ]);
    await stage.ended([idOf(id)], 20_000);
    const dead = (await everythingOn(deadLetterNameOf(notificationRequested))).find(
      (record) => String(record.key) === poison,
    );
    expect(String(dead?.headers['dlq_detail'])).toContain('expiresAt');
  });
});

describe('an installation', () => {
  test('that Slack removed keeps what waits, and sends it when it is connected again', async () => {
    const { installationId } = stage.playground.tenant!;
    await stage.slack.uninstall('T0ACME');
    const id = randomUUID();
    await stage.product.publish([{ id, data: report({ title: `Report ${id}` }) }]);
    await until('the delivery to wait for the installation', async () => {
      const timeline = await stage.timeline(idOf(id));
      return timeline?.decisions[0]?.deliveries[0]?.waitingFor?.includes('reconnected');
    });
    expect(stage.outcomes.of(idOf(id))).toEqual([]);
    await stage.playground.connectWorkspace({ tenant: 'acme', teamId: 'T0ACME', profile: 'full', installationId });
    await stage.ended([idOf(id)], 30_000);
    expect(await seenBy(ada, id)).toBe(1);
  }, 60_000);
});

describe('a stranger', () => {
  test("the README's kcat line, as printed, reaches ada", async () => {
    const readme = readFileSync(join(repository, 'README.md'), 'utf8');
    const [, value, flags] = /echo '([^']+)' \|\s+kcat (.+)/.exec(readme)!;
    const flag = (name: string): string[] =>
      [...flags!.matchAll(new RegExp(`-${name} (\\S+)`, 'g'))].map((match) => match[1]!);
    const headers = Object.fromEntries(
      flag('H').map((header) => [header.split('=')[0]!, Buffer.from(header.split('=')[1]!)]),
    );
    await stage.product.publishRaw(flag('k')[0]!, Buffer.from(value!), headers, flag('t')[0]);
    await stage.ended([notificationIdOf('acme', String(headers['ce_source']), String(headers['ce_id']))], 20_000);
    expect(await seenBy(ada, 'https://app.example/r/1')).toBe(1);
  });

  test('a CloudEvent in structured mode is read too', async () => {
    const id = randomUUID();
    const event = {
      specversion: '1.0',
      id,
      source: stage.product.source,
      type: 'carillon.notification.requested.v1',
      datacontenttype: 'application/json',
      data: report({ title: `Report ${id}` }),
    };
    await stage.product.publishRaw(id, Buffer.from(JSON.stringify(event)), {
      'content-type': Buffer.from('application/cloudevents+json; charset=utf-8'),
    });
    await stage.ended([idOf(id)], 20_000);
    expect(await seenBy(ada, id)).toBe(1);
  });
});

describe('a trace', () => {
  test('one unbroken tree runs from the producer through every hop to the call of Slack', async () => {
    const id = randomUUID();
    const traceId = randomBytes(16).toString('hex');
    const producerSpan = randomBytes(8).toString('hex');
    await stage.product.publish([
      { id, data: report({ title: `Report ${id}` }), traceparent: `00-${traceId}-${producerSpan}-01` },
    ]);
    await stage.ended([idOf(id)], 20_000);
    const call = await until('the span of the call of Slack', () =>
      spans.spans.find(
        (span) =>
          span.traceId === traceId &&
          span.service === 'delivery' &&
          JSON.stringify(span.attributes).includes('/api/chat.postMessage'),
      ),
    );
    const tree = spans.spans.filter((span) => span.traceId === traceId);
    const known = new Set([producerSpan, ...tree.map((span) => span.spanId)]);
    expect(tree.filter((span) => !known.has(span.parentSpanId ?? 'none'))).toEqual([]);
    const path: string[] = [];
    for (
      let span: (typeof tree)[number] | undefined = call;
      span;
      span = tree.find((other) => other.spanId === span.parentSpanId)
    ) {
      path.unshift(span.service);
      if (span.parentSpanId === producerSpan) path.unshift('producer');
    }
    expect([path[0], path[1], path.at(-1)]).toEqual(['producer', 'preferences', 'delivery']);
    expect((await stage.timeline(idOf(id)))?.traceId).toBe(traceId);
  });
});

describe('secrets', () => {
  test('tokens appear in no log, topic or trace', async () => {
    const token = await botToken();
    const needles = [token, token.slice(5)].map((text) => Buffer.from(text));
    const files = [...filesIn(stage.playground.logsDir), ...filesIn(join(stage.playground.dataDir, 'kafka'))];
    expect(files.length).toBeGreaterThan(5);
    const leaks = files.filter((file) => needles.some((needle) => readFileSync(file).includes(needle)));
    const traced = spans.bytes.filter((bytes) => needles.some((needle) => bytes.includes(needle)));
    expect({ leaks, traced: traced.length }).toEqual({ leaks: [], traced: 0 });
    expect(spans.bytes.length).toBeGreaterThan(0);
  });

  test('what a browser brings back from Slack appears in no log or trace', async () => {
    const secret = `secret-${randomUUID()}`;
    const { url } = stage.playground.service('installation');
    for (const path of [`start?connection=${secret}`, `callback?code=${secret}&state=${secret}`]) {
      expect((await fetch(`${url}/slack/oauth/${path}`, { redirect: 'manual' })).status).toBe(400);
      const route = `/slack/oauth/${path.slice(0, path.indexOf('?'))}`;
      await until(`the span of ${route}`, () =>
        spans.spans.find((span) => span.service === 'installation' && span.name.includes(route)),
      );
    }
    expect(spans.bytes.filter((bytes) => bytes.includes(secret))).toEqual([]);
    expect(filesIn(stage.playground.logsDir).filter((file) => readFileSync(file).includes(secret))).toEqual([]);
  });
});

/** As a service gets it. */
async function botToken(): Promise<string> {
  const { installationId } = stage.playground.tenant!;
  const token = await stage.playground.token({ tenant: '', sub: 'delivery', roles: ['service'] });
  const response = await fetch(`${stage.playground.service('installation').url}/v1/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ installationIds: [installationId] }),
  });
  const { tokens } = (await response.json()) as { tokens: { token: string }[] };
  return tokens[0]!.token;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => statSync(path).isFile());
}
