// What can be told in Slack besides a new message: the same matter again, a thread, files, a group, something taken
// back; by e-mail when Slack cannot; and what operators may do about it. On the real parts.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '@carillon/playground';
import { deliveryIdOf, notificationIdOf } from '@carillon/domain/ids';
import { killAt, noKill } from './checkpoints/kill-at.ts';
import { Stage } from './stage.ts';

let stage: Stage;
let installationId: string;
const team = 'T0MATTER';
const admin = { tenant: 'acme', sub: 'sre', roles: ['admin'] } as const;

beforeAll(async () => {
  stage = await Stage.set({ seed: true, env: { delivery: { CHANNEL_PER_SECOND: '20' } } });
  await stage.slack.limits({ channelPerSecond: 50 });
  await stage.slack.workspace({
    id: team,
    name: 'Matters',
    users: ['ONE', 'TWO'].map((name) => ({
      id: `U0${name}`,
      name,
      email: `${name.toLowerCase()}@matter.test`,
      admin: true,
    })),
    channels: [
      { id: 'C0IN', name: 'in', members: ['bot'] },
      { id: 'C0OUT', name: 'out', members: [] },
      { id: 'C0SECRET', name: 'secret', private: true, members: [] },
    ],
  });
  ({ installationId } = await stage.playground.connectWorkspace({ tenant: 'acme', teamId: team, profile: 'full' }));
  await stage.product.declareMembers(
    ['one', 'two'].map((id) => ({
      tenantId: 'acme',
      memberId: id,
      email: `${id}@matter.test`,
      name: id,
      active: true,
    })),
  );
  await until('both to be linked', async () => (await stage.linkedPeople('acme', installationId)) === 2, {
    timeoutMs: 30_000,
  });
}, 120_000);

afterAll(() => stage?.strike(), 60_000);

beforeEach(() => stage.slack.clearFaults());

const idOf = (id: string): string => notificationIdOf('acme', stage.product.source, id);
const toChannel = (channel = 'C0IN'): object => ({
  tenantId: 'acme',
  type: 'report.ready',
  to: [{ channel, installation: installationId }],
});
const messages = (channel = 'C0IN') => stage.slack.messages({ team, channel });

async function tell(data: object, id: string = randomUUID()): Promise<string> {
  await stage.product.publish([{ id, data: { title: `About ${id}`, ...data } }]);
  return id;
}

async function told(data: object): Promise<string> {
  const id = await tell(data);
  await stage.ended([idOf(id)], 20_000);
  return id;
}

const seen = async (text: string, channel?: string) =>
  (await messages(channel)).filter((message) => JSON.stringify(message).includes(text));

async function publishOn(topic: string, key: string, data: object): Promise<void> {
  const attributes = {
    ce_specversion: '1.0',
    ce_id: randomUUID(),
    ce_source: stage.product.source,
    ce_type: topic,
    'content-type': 'application/json',
  };
  const headers = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, Buffer.from(value)]));
  await stage.product.publishRaw(key, Buffer.from(JSON.stringify(data)), headers, topic);
}

const retract = (id: string): Promise<void> =>
  publishOn('carillon.notification.retracted.v1', idOf(id), { tenantId: 'acme', source: stage.product.source, id });

/** As preferences would decide for member `one`. */
async function decide(mode: object, title: string): Promise<string> {
  const id = randomUUID();
  await publishOn('carillon.notification.resolved.v1', 'member:one', {
    tenantId: 'acme',
    notification: {
      notificationId: idOf(id),
      source: stage.product.source,
      id,
      type: 'report.ready',
      category: 'reports',
      content: { title },
      priority: 'normal',
    },
    policies: { ambiguity: 'resend', mutable: true, retentionDays: 90 },
    decisions: [
      {
        recipient: 'member:one',
        verdict: 'send',
        destinations: [{ kind: 'slack', surface: 'dm', installationId, teamId: team, channel: 'U0ONE' }],
        mode,
        reasons: [{ code: 'addressed' }],
      },
    ],
  });
  return id;
}

async function delivery<T = Record<string, unknown>>(
  method: 'GET' | 'POST',
  path: string,
  { body, as = admin }: { body?: object; as?: object } = {},
): Promise<{ status: number; body: T }> {
  const token = await stage.playground.token(as as typeof admin & { roles: [] });
  const response = await fetch(`${stage.playground.service('delivery').url}/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as T };
}

describe('the same matter', () => {
  test('a newer version changes the message that stands, an older one that comes late does not', async () => {
    const matter = { ...toChannel(), collapseKey: randomUUID() };
    await told({ ...matter, title: 'Build running', sequence: 1 });
    const second = await told({ ...matter, title: 'Build green', sequence: 3 });
    const late = await told({ ...matter, title: 'Build compiling', sequence: 2 });
    expect(await seen('Build green')).toEqual([expect.objectContaining({ edited: expect.anything() as unknown })]);
    expect(await seen('Build running')).toEqual([]);
    expect(await seen('Build compiling')).toEqual([]);
    expect(stage.outcomes.of(idOf(second))).toEqual([expect.objectContaining({ outcome: 'delivered' })]);
    expect(stage.outcomes.of(idOf(late))).toEqual([
      expect.objectContaining({ outcome: 'cancelled', reason: 'superseded' }),
    ]);
  });

  test('of many that come while the first still waits, only the newest is posted', async () => {
    const collapseKey = randomUUID();
    await stage.slack.fault({ method: 'chat.postMessage', team, kind: 'rate_limit', value: 2, count: 1 });
    await tell({ ...toChannel(), title: 'opens the way' });
    const ids = await Promise.all(
      Array.from({ length: 5 }, (_, n) =>
        tell({
          ...toChannel(),
          collapseKey,
          orderingKey: collapseKey,
          sequence: n,
          title: `${collapseKey} version ${n}`,
        }),
      ),
    );
    await stage.ended(ids.map(idOf), 30_000);
    const shown = await seen(collapseKey);
    expect(shown).toHaveLength(1);
    expect(JSON.stringify(shown[0])).toContain('version 4');
  });

  test('messages with one thread key form one thread', async () => {
    const thread = { ...toChannel(), threadKey: randomUUID() };
    const ids = [];
    for (const step of ['opened', 'investigated', 'closed'])
      ids.push(await told({ ...thread, title: `Incident ${step}` }));
    const [parent, ...replies] = (await messages()).filter((message) =>
      /Incident (opened|investigated|closed)/.test(JSON.stringify(message)),
    );
    expect(replies.map((reply) => (reply as { thread_ts?: string }).thread_ts)).toEqual([parent!.ts, parent!.ts]);
  });
});

describe('a retraction', () => {
  test('deletes what was posted, with an outcome', async () => {
    const id = await told({ ...toChannel() });
    await retract(id);
    await until('the message to be gone', async () => (await seen(id)).every(({ deleted }) => deleted));
    await until('the outcome', () =>
      stage.outcomes.of(idOf(id)).some(({ outcome, reason }) => outcome === 'cancelled' && reason === 'retracted'),
    );
  });

  test('that comes before its request keeps it from being posted', async () => {
    const id = randomUUID();
    await retract(id);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await tell(toChannel(), id);
    await stage.ended([idOf(id)], 20_000);
    expect(await seen(id)).toEqual([]);
    expect(stage.outcomes.of(idOf(id))).toEqual([
      expect.objectContaining({ outcome: 'cancelled', reason: 'retracted' }),
    ]);
  });
});

describe('files', () => {
  test('several are attached to one message with the text', async () => {
    const id = await told({
      ...toChannel(),
      files: ['sales.csv', 'costs.csv'].map((name) => ({
        name,
        contentType: 'text/csv',
        base64: Buffer.from('a,b\n1,2\n').toString('base64'),
      })),
    });
    const [message, ...more] = (await seen(id)) as unknown as { files: { name: string }[] }[];
    expect([message!.files.map(({ name }) => name), more]).toEqual([['sales.csv', 'costs.csv'], []]);
  });

  test('a lost answer to the last step posts no second message', async () => {
    await stage.slack.fault({ method: 'files.completeUploadExternal', team, kind: 'reset_after', count: 1 });
    const id = await told({
      ...toChannel(),
      files: [{ name: 'once.txt', contentType: 'text/plain', base64: Buffer.from('once').toString('base64') }],
    });
    expect(await seen(id)).toHaveLength(1);
    expect(stage.outcomes.of(idOf(id))).toEqual([
      expect.objectContaining({ outcome: 'delivered', possibleDuplicate: false }),
    ]);
  });

  test('uploaded before the process died are not uploaded again, and the message is posted once', async () => {
    const delivery = stage.playground.service('delivery');
    const uploads = async () => (await stage.slack.requests('files.getUploadURLExternal', team)).ok;
    await delivery.restart({ env: killAt('file.uploaded') });
    const before = await uploads();
    const id = await tell({
      ...toChannel(),
      files: [{ name: 'kept.txt', contentType: 'text/plain', base64: Buffer.from('kept').toString('base64') }],
    });
    await until('the process to die', () => delivery.pid === undefined, { timeoutMs: 30_000, everyMs: 20 });
    await delivery.restart({ env: noKill });
    await stage.ended([idOf(id)], 40_000);
    expect(await seen(id)).toHaveLength(1);
    expect(await uploads()).toBe(before + 1);
  });

  test('from an address inside the network are not fetched; the message says so and goes out', async () => {
    const id = await told({
      ...toChannel(),
      files: [{ name: 'secret.txt', contentType: 'text/plain', url: 'https://127.0.0.1:1/secret.txt' }],
    });
    expect(JSON.stringify(await seen(id))).toContain('secret.txt');
  });
});

describe('places', () => {
  test('a group is opened once ever, also by another process, and again when Slack says it is gone', async () => {
    const group = {
      tenantId: 'acme',
      type: 'report.ready',
      to: [{ members: ['one', 'two'], installation: installationId }],
    };
    const opened = async () => (await stage.slack.requests('conversations.open', team)).ok;
    const before = await opened();
    const first = await told(group);
    await stage.playground.service('delivery').restart();
    await told(group);
    expect(await opened()).toBe(before + 1);
    const { channel } = stage.outcomes.of(idOf(first))[0]!.slack!;
    await fetch(`${stage.playground.slack.url}/_sim/conversations/remove`, {
      method: 'POST',
      body: JSON.stringify({ team, channel }),
    });
    const anew = await told(group);
    expect(stage.outcomes.of(idOf(anew))).toEqual([expect.objectContaining({ outcome: 'delivered' })]);
    expect(await opened()).toBe(before + 2);
  });

  test('people are mentioned by their link, or by name; nobody else is', async () => {
    const id = await told({
      ...toChannel(),
      mentions: [{ member: 'one' }, { member: 'nobody' }],
      body: 'Ask [Two](member:two), not <!channel> or @here.',
    });
    const drawn = JSON.stringify(await seen(id)).replaceAll('\u200b', '');
    expect(drawn).toContain('<@U0ONE>');
    expect(drawn).toContain('<@U0TWO>');
    expect(drawn).toContain('@nobody');
    expect(drawn).not.toContain('<!channel>');
  });

  test('a public channel that the app is not in is joined, since the profile allows it; a private one is said to need an invitation', async () => {
    const id = await told(toChannel('C0OUT'));
    expect(await seen(id, 'C0OUT')).toHaveLength(1);
    const secret = await told(toChannel('C0SECRET'));
    expect(stage.outcomes.of(idOf(secret))).toEqual([
      expect.objectContaining({ outcome: 'failed', reason: 'channel_not_found' }),
    ]);
    expect(JSON.stringify(await stage.timeline(idOf(secret)))).toContain('invite the app');
  });

  test('blocks that Slack would refuse fail with the path, before any call', async () => {
    const posts = async () => (await stage.slack.requests('chat.postMessage', team)).errors;
    const before = await posts();
    const id = await told({
      ...toChannel(),
      slack: { blocks: [{ type: 'section' }, { type: 'header', text: { type: 'mrkdwn', text: 'x' } }] },
    });
    expect(await posts()).toBe(before);
    expect(JSON.stringify(await stage.timeline(idOf(id)))).toContain('slack.blocks.0.text');
  });
});

describe('waiting', () => {
  const due = (inMs: number): string => new Date(Date.now() + inMs).toISOString();

  test('items of a digest are one message at its due time, each with an outcome that names it', async () => {
    const series = { kind: 'digest', key: `ada ${randomUUID()}`, dueAt: due(4_000), timeZone: 'Europe/Paris' };
    const ids: string[] = [];
    for (const n of [1, 2, 3]) ids.push(await decide(series, `Item ${n} of ${series.key}`));
    await until('the items to wait', async () =>
      JSON.stringify(await stage.timeline(idOf(ids[2]!))).includes('the digest due at'),
    );
    await stage.ended(ids.map(idOf), 30_000);
    const shown = (await stage.slack.messages({ team, user: 'U0ONE' })).filter((message) =>
      JSON.stringify(message).includes(series.key),
    );
    expect(shown).toHaveLength(1);
    for (const n of [1, 2, 3]) expect(JSON.stringify(shown[0])).toContain(`Item ${n} of`);
    const outcomes = ids.map((id) => stage.outcomes.of(idOf(id)));
    expect(outcomes.map((told) => told.map(({ outcome }) => outcome))).toEqual([
      ['delivered'],
      ['delivered'],
      ['delivered'],
    ]);
    expect(new Set(outcomes.map(([told]) => told!.digestId)).size).toBe(1);
  });

  test('a digest whose process dies between its text and its message is told once, with the text it had, and flagged', async () => {
    const delivery = stage.playground.service('delivery');
    const series = { kind: 'digest', key: `crash ${randomUUID()}`, dueAt: due(12_000) };
    await delivery.restart({ env: killAt('digest.frozen') });
    const ids = [await decide(series, `Item 1 of ${series.key}`), await decide(series, `Item 2 of ${series.key}`)];
    await until('the process to die', () => delivery.pid === undefined, { timeoutMs: 30_000, everyMs: 20 });
    await delivery.restart({ env: noKill });
    await stage.ended(ids.map(idOf), 40_000);
    const shown = (await stage.slack.messages({ team, user: 'U0ONE' })).filter((message) =>
      JSON.stringify(message).includes(series.key),
    );
    expect(shown).toHaveLength(1);
    for (const id of ids)
      expect(stage.outcomes.of(idOf(id))).toEqual([
        expect.objectContaining({ outcome: 'delivered', possibleDuplicate: true }),
      ]);
  });

  test("quiet hours keep a message until they are over, and the timeline says so in the reader's time", async () => {
    const id = await decide(
      { kind: 'later', notBefore: due(3_000), because: 'quiet_hours', timeZone: 'Europe/Paris' },
      'Good morning',
    );
    await until('it to wait', async () =>
      /quiet hours until .*\d\d:\d\d Europe\/Paris/.test(JSON.stringify(await stage.timeline(idOf(id)))),
    );
    expect(stage.outcomes.of(idOf(id))).toEqual([]);
    await stage.ended([idOf(id)], 20_000);
  });

  test('what expires while its lane is paused is never sent', async () => {
    const as = { as: { tenant: '', sub: 'ops', roles: ['operator'] } };
    await delivery('POST', `lanes/${team}/pause`, as);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const id = await tell({ ...toChannel(), expiresAt: due(2_000) });
    await until('its end', () => stage.outcomes.of(idOf(id)).some(({ outcome }) => outcome === 'expired'));
    await delivery('POST', `lanes/${team}/resume`, as);
    await told(toChannel());
    expect(await seen(id)).toEqual([]);
  });
});

describe('when Slack refuses for good', () => {
  test('a type with that policy goes by e-mail instead', async () => {
    await stage.slack.fault({ method: 'chat.postMessage', team, kind: 'error', value: 'user_disabled', count: 1 });
    const id = await tell({ tenantId: 'acme', type: 'conversation.mention', to: [{ member: 'one' }] });
    await until('both outcomes', () => stage.outcomes.of(idOf(id)).length === 2);
    expect(stage.outcomes.of(idOf(id)).map(({ outcome, destination }) => [outcome, destination])).toEqual([
      ['failed', 'dm'],
      ['delivered', 'email'],
    ]);
    expect(
      stage.playground.mail
        .messages()
        .filter(({ to, subject }) => to.includes('one@matter.test') && subject.includes(id)),
    ).toHaveLength(1);
  });
});

describe('an e-mail', () => {
  test('says who it is from, and carries the way out; who takes it hears no more of that type by e-mail', async () => {
    const weekly = { tenantId: 'acme', type: 'digest.weekly', to: [{ member: 'two' }], body: '**Sales** & more' };
    const id = await told(weekly);
    const mail = stage.playground.mail.messages().find(({ subject }) => subject.includes(id))!;
    expect([mail.text, mail.html].map((part) => part.includes('Sales'))).toEqual([true, true]);
    expect(mail.headers['message-id']![0]).toContain(stage.outcomes.of(idOf(id))[0]!.deliveryId);
    const [, address] = /<(http[^>]+)>/.exec(mail.headers['list-unsubscribe']![0]!)!;
    const form = {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'List-Unsubscribe=One-Click',
    };
    expect((await fetch(address!, form)).ok).toBe(true);
    const after = await tell(weekly);
    await until('its outcome', () => stage.outcomes.of(idOf(after)).length > 0);
    expect(stage.outcomes.of(idOf(after))).toEqual([expect.objectContaining({ outcome: 'suppressed' })]);
  });
});

describe('operators', () => {
  const operator = { as: { tenant: '', sub: 'ops', roles: ['operator'] } };
  interface Lane {
    paused?: object;
    depth: { ready: number };
  }

  test('pause a lane, see what waits and why, and resume it', async () => {
    expect(
      (await delivery<Lane>('POST', `lanes/${team}/pause`, { ...operator, body: { reason: 'maintenance' } })).body
        .paused,
    ).toMatchObject({ by: 'ops', reason: 'maintenance' });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const id = await tell(toChannel());
    await until(
      'it to wait',
      async () => (await delivery<Lane>('GET', `lanes/${team}`, operator)).body.depth.ready > 0,
    );
    expect(JSON.stringify(await stage.timeline(idOf(id)))).toContain('paused it (maintenance)');
    await delivery('POST', `lanes/${team}/resume`, operator);
    await stage.ended([idOf(id)], 20_000);
    expect((await delivery('GET', 'lanes', { as: admin })).status).toBe(403);
  });

  test('cancel what waits', async () => {
    await delivery('POST', `lanes/${team}/pause`, operator);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const id = await tell(toChannel());
    const path = `deliveries/${deliveryIdOf(idOf(id), `channel:${team}:C0IN`, 'slack')}`;
    await until('it to wait', async () => (await delivery('GET', path)).status === 200);
    expect((await delivery<{ state: string }>('POST', `${path}/cancel`)).body.state).toBe('cancelled');
    await delivery('POST', `lanes/${team}/resume`, operator);
    await told(toChannel());
    expect(await seen(id)).toEqual([]);
    expect(stage.outcomes.of(idOf(id))).toEqual([
      expect.objectContaining({ outcome: 'cancelled', possiblyDelivered: false }),
    ]);
  });

  test('replay everything that failed in a time, by a filter', async () => {
    const since = new Date().toISOString();
    await stage.slack.fault({ method: 'chat.postMessage', team, kind: 'error', value: 'is_archived', count: 3 });
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) ids.push(await told({ ...toChannel(), type: 'account.updated' }));
    const replayed = await delivery('POST', 'deliveries/replay', {
      body: { filter: { outcome: 'failed', type: 'account.updated', since } },
    });
    expect([replayed.status, replayed.body]).toEqual([202, { replayed: 3, refused: 0 }]);
    await until('all to be delivered', () =>
      ids.every((id) =>
        stage.outcomes.of(idOf(id)).some(({ outcome, replay }) => outcome === 'delivered' && replay === 1),
      ),
    );
    expect((await delivery('POST', 'deliveries/replay', { body: { filter: { outcome: 'suppressed' } } })).status).toBe(
      400,
    );
  });

  test('replay what failed, and are refused what was delivered unless they force it', async () => {
    await stage.slack.fault({ method: 'chat.postMessage', team, kind: 'error', value: 'is_archived', count: 1 });
    const id = await told(toChannel());
    const deliveryId = deliveryIdOf(idOf(id), `channel:${team}:C0IN`, 'slack');
    const listed = await delivery<{ items: { deliveryId: string }[] }>(
      'GET',
      'deliveries?outcome=failed&type=report.ready',
    );
    expect(listed.body.items.map((item) => item.deliveryId)).toContain(deliveryId);
    expect((await delivery('POST', `deliveries/${deliveryId}/replay`)).status).toBe(202);
    await until('the replay', () =>
      stage.outcomes.of(idOf(id)).some(({ outcome, replay }) => outcome === 'delivered' && replay === 1),
    );
    expect((await delivery('POST', `deliveries/${deliveryId}/replay`)).status).toBe(409);
    expect((await delivery('POST', `deliveries/${deliveryId}/cancel`)).status).toBe(409);
    expect((await delivery('POST', `deliveries/${deliveryId}/replay`, { body: { force: true } })).status).toBe(202);
    await until('the second copy', async () => (await seen(id)).length === 2);
    expect(
      (await delivery('GET', `deliveries/${deliveryId}`, { as: { tenant: 'globex', sub: 'x', roles: ['admin'] } }))
        .status,
    ).toBe(404);
  });
});
