// What delivery refuses to believe, whoever writes on Kafka: forged decisions, one person under two names, one id with
// two contents.
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { deadLetterNameOf } from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import { everythingOn, publishOn, retract, stage } from './context.ts';
import { until } from '../until.ts';

const team = 'T0TRUST';
const resolvedTopic = 'carillon.notification.resolved.v1';
let installationId: string;

interface Forged {
  tenantId?: string;
  id?: string;
  title: string;
  requestHash?: string;
  recipient?: string;
  aliases?: string[];
  user?: string;
}

/** As anybody can write it who may write on the topic. */
async function decide({
  tenantId = 'acme',
  id = randomUUID(),
  title,
  requestHash,
  recipient = 'member:one',
  aliases,
  user = 'U0ONE',
}: Forged): Promise<string> {
  const { source } = stage.product;
  const notificationId = notificationIdOf(tenantId, source, id);
  await publishOn(resolvedTopic, 'key', {
    tenantId,
    notification: {
      notificationId,
      source,
      id,
      type: 'report.ready',
      category: 'reports',
      content: { title },
      priority: 'normal',
      requestHash,
    },
    policies: { ambiguity: 'resend', mutable: true, retentionDays: 90 },
    decisions: [
      {
        recipient,
        aliases,
        verdict: 'send',
        destinations: [{ kind: 'slack', surface: 'dm', installationId, teamId: team, channel: user }],
        mode: { kind: 'now' },
        reasons: [{ code: 'addressed' }],
      },
    ],
  });
  return notificationId;
}

const seen = async (text: string) =>
  (await stage.slack.messages({ team })).filter((message) => JSON.stringify(message).includes(text));
const outcomesOf = (id: string, count = 1) =>
  until(`${count} outcomes`, () => (stage.outcomes.of(id).length >= count ? stage.outcomes.of(id) : undefined));

describe('a decision on Kafka', () => {
  beforeAll(async () => {
    await stage.slack.workspace({
      id: team,
      name: 'Trust',
      users: ['ONE', 'TWO'].map((name) => ({
        id: `U0${name}`,
        name,
        email: `${name.toLowerCase()}@trust.test`,
        admin: true,
      })),
      channels: [{ id: 'C0TRUST', name: 'trust', members: ['bot'] }],
    });
    ({ installationId } = await stage.playground.connectWorkspace({ tenant: 'acme', teamId: team, profile: 'full' }));
  });

  test("a decision forged to post into another tenant's workspace fails with the reason, is a dead letter, and posts nothing", async () => {
    await until('the installation to be known', async () =>
      (await outcomesOf(await decide({ title: 'Of acme' }))).some(({ outcome }) => outcome === 'delivered'),
    );
    const id = await decide({ tenantId: 'globex', title: 'Of globex' });
    expect(await outcomesOf(id)).toMatchObject([{ outcome: 'failed', reason: 'foreign_address' }]);
    expect(await stage.timeline(id)).toBeUndefined();
    expect(await seen('Of globex')).toEqual([]);
    const letters = await until('the dead letter', async () => {
      const found = await everythingOn(deadLetterNameOf(resolvedTopic));
      return found.length > 0 && found;
    });
    expect(letters.map(({ headers }) => String(headers['dlq_reason']))).toContain('foreign_address');
  });

  test('two members with one Slack user: one message, and the timeline says who was told as whom', async () => {
    const id = randomUUID();
    const title = `Once ${id}`;
    const aliases = [`slack:${team}:U0ONE`];
    const notificationId = await decide({ id, title, aliases });
    await outcomesOf(notificationId);
    await decide({ id, title, aliases, recipient: 'member:uno' });
    await outcomesOf(notificationId, 2);
    expect(await seen(title)).toHaveLength(1);
    const timeline = await stage.timeline(notificationId);
    expect(timeline?.decisions).toMatchObject([
      { recipient: 'member:one', verdict: 'send' },
      {
        recipient: 'member:uno',
        verdict: 'suppress',
        reasons: [{ code: 'addressed' }, { code: 'same_person', detail: 'member:one' }],
      },
    ]);
  });

  test('the same id with another content reaches nobody, and nobody is told the first content instead', async () => {
    const id = randomUUID();
    const notificationId = await decide({ id, title: `Salary ${id}`, requestHash: 'first' });
    await outcomesOf(notificationId);
    await decide({ id, title: `Lunch ${id}`, requestHash: 'other', recipient: 'member:two', user: 'U0TWO' });
    expect(await outcomesOf(notificationId, 2)).toMatchObject([
      { outcome: 'delivered' },
      { outcome: 'failed', reason: 'id_reused' },
    ]);
    expect(await seen(id)).toHaveLength(1);
    expect((await seen(`Salary ${id}`))[0]).toMatchObject({ channel: expect.any(String) });
    expect(await stage.timeline(notificationId)).toMatchObject({
      decisions: [{ recipient: 'member:one' }],
      refused: [{ code: 'id_reused', times: 1 }],
    });
  });

  test('a message with a file that is taken back: the file goes too, and the timeline says deleted', async () => {
    const id = randomUUID();
    const data = {
      tenantId: 'acme',
      type: 'report.ready',
      to: [{ channel: 'C0TRUST', installation: installationId }],
      title: `ret ${id}`,
    };
    await stage.product.publish([
      { id, data: { ...data, files: [{ name: 'secret.txt', contentType: 'text/plain', base64: 'aGVsbG8=' }] } },
    ]);
    const notificationId = notificationIdOf('acme', stage.product.source, id);
    await outcomesOf(notificationId);
    await retract(id);
    expect(await outcomesOf(notificationId, 2)).toMatchObject([
      { outcome: 'delivered' },
      { outcome: 'cancelled', reason: 'retracted' },
    ]);
    const timeline = await stage.timeline(notificationId);
    expect(timeline?.decisions[0]?.deliveries[0]?.attempts.map(({ result }) => result)).toEqual([
      'delivered',
      'deleted',
    ]);
    expect(await stage.slack.requests('files.delete', team)).toMatchObject({ ok: 1 });
  });

  test('a notification that addresses nobody is over, with the reason', async () => {
    const id = randomUUID();
    await stage.product.publish([{ id, data: { tenantId: 'acme', type: 'report.ready', title: 'nobody' } }]);
    const notificationId = notificationIdOf('acme', stage.product.source, id);
    const timeline = await until('the timeline', () => stage.timeline(notificationId));
    expect(timeline).toMatchObject({
      decisions: [],
      reasons: expect.arrayContaining([
        expect.objectContaining({ code: 'nobody', sentence: 'The request names nobody.' }),
      ]),
    });
  });
});
