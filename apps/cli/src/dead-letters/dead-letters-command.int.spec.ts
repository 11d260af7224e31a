// Publishing and mending from a terminal, on a real broker.
import { randomUUID } from 'node:crypto';
import { deadLetterNameOf, memberChanged, notificationRequested, slackInteraction } from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import { BatchConsumer, deadLetter, ensureTopics, Publisher, type Handles, type Received } from '@carillon/messaging';
import { sendForeign, testKafka, until } from '@carillon/messaging/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { carillon } from '../testing/test-terminal.ts';

const config = testKafka();
const env = { KAFKA_BROKERS: config.brokers.join(',') };
const publisher = new Publisher(config);
const marker = randomUUID();
const consumers: BatchConsumer[] = [];

beforeAll(() =>
  ensureTopics(config, [memberChanged, notificationRequested, slackInteraction], 'create', { maxPartitions: 12 }),
);
afterAll(async () => {
  await Promise.all(consumers.map((consumer) => consumer.stop()));
  await publisher.close();
});

async function reading(
  topic: typeof notificationRequested | typeof slackInteraction | typeof memberChanged,
  seen: Received[],
): Promise<void> {
  const handler: Handles = { handle: (batch) => Promise.resolve(void seen.push(...batch.records)) };
  const consumer = new BatchConsumer(config, {
    group: `test.${randomUUID()}`,
    subscriptions: [{ topic, handler, fromBeginning: true }],
    publisher,
    onDead: () => undefined,
  });
  consumers.push(consumer);
  await consumer.start();
}

describe('on a real broker', () => {
  test('publish prints the id under which the notification will be known', async () => {
    const seen: Received[] = [];
    const said = await carillon(
      [
        'publish',
        '--tenant',
        'acme',
        '--type',
        'report.ready',
        '--to',
        'ada',
        '--title',
        'Ready',
        '--id',
        marker,
        '--source',
        '/cli/test',
      ],
      { env },
    );
    expect(said).toMatchObject({ code: 0, out: `${notificationIdOf('acme', '/cli/test', marker)}\n` });
    await reading(notificationRequested, seen);
    await until(() => seen.some(({ id }) => id === marker));
  }, 40_000);

  test('a dead letter is listed, shown and sent again; a second list does not have it', async () => {
    const reason = `test_${marker.slice(0, 8)}`;
    const headers = {
      dlq_reason: reason,
      dlq_detail: 'data.x: is missing',
      dlq_topic: slackInteraction.name,
      dlq_partition: '0',
      dlq_offset: '7',
      ce_id: marker,
      ce_source: '/cli/dead',
    };
    await publisher.publishRecords([
      { topic: deadLetterNameOf(slackInteraction), key: 'T1', value: '{"a":1}', headers },
    ]);

    const listed = await carillon(['dead-letters', 'list', '--topic', 'slack.interaction', '--reason', reason], {
      env,
    });
    expect(listed).toMatchObject({ code: 0 });
    expect(listed.out).toMatch(/LETTER +AT +SOURCE +ID +REASON +SIZE +DETAIL/);
    expect(listed.out).toMatch(new RegExp(`/cli/dead +${marker} +${reason}`));
    const place = /slack\.interaction\/0\/\d+/.exec(listed.out)![0];
    const shown = await carillon(['dead-letters', 'show', place], { env });
    expect(shown.out).toContain(`reason       ${reason}`);
    expect(shown.out).toContain('value\n{\n  "a": 1\n}');

    const again = await carillon(['dead-letters', 'retry', place], { env });
    expect(again).toMatchObject({ code: 0, out: `${place}\n`, err: 'sent 1 again\n' });
    expect(await carillon(['dead-letters', 'list', '--reason', reason], { env })).toMatchObject({
      code: 0,
      err: 'no dead letters\n',
    });
    expect((await carillon(['dead-letters', 'list', '--reason', reason, '--all', '--json'], { env })).out).toContain(
      'retriedAt',
    );
  }, 60_000);

  test('what a record got wrong is said with its field and the fix, in the words that REST uses', async () => {
    const tenantId = `t-${marker.slice(0, 8)}`;
    const member = { tenantId, memberId: 'ada', email: 'ada@acme.test', name: 'Ada', active: true };
    const headers = (topic: { name: string }, id: string) => ({
      ce_specversion: '1.0',
      ce_id: `${id}-${marker}`,
      ce_source: '/cli/fix',
      ce_type: topic.name,
      'content-type': 'application/json',
    });
    const file = { name: 'n', contentType: 'text/plain', url: 'http://a.test/x' };
    const request = { tenantId, type: 't', title: 'x', files: [file], expiresAt: '2026-11-26T18:00:00' };
    await publisher.publishRecords([
      {
        topic: memberChanged.name,
        key: `${tenantId}:ada`,
        value: JSON.stringify({ ...member, timeZone: 'Europe/Atlantis' }),
        headers: headers(memberChanged, 'zone'),
      },
      {
        topic: notificationRequested.name,
        key: 'k',
        value: JSON.stringify(request),
        headers: headers(notificationRequested, 'file'),
      },
    ]);
    await reading(memberChanged, []);
    await reading(notificationRequested, []);
    const details = async (): Promise<string> => (await carillon(['dead-letters', 'list', '--json'], { env })).out;
    await until(async () => {
      const listed = await details();
      return (
        listed.includes('timeZone: must be an IANA time zone such as Europe/Paris') &&
        listed.includes('files[0].url: must be https: an http URL is not fetched; expiresAt: has no offset from UTC')
      );
    });
  }, 60_000);

  test('letters come in pages, newest last; each page names where the next one begins', async () => {
    const reason = `page_${marker.slice(0, 8)}`;
    const letter = (n: number) => ({
      topic: deadLetterNameOf(slackInteraction),
      key: null,
      value: `${n}`,
      headers: {
        dlq_reason: reason,
        dlq_detail: `${n}`,
        dlq_topic: slackInteraction.name,
        dlq_partition: '0',
        dlq_offset: `${n}`,
      },
    });
    await publisher.publishRecords([0, 1, 2, 3, 4].map(letter));
    const seen: string[] = [];
    let before: string[] = [];
    for (let pages = 0; pages < 3; pages++) {
      const { out, err, code } = await carillon(
        ['dead-letters', 'list', '--reason', reason, '--limit', '2', '--json', ...before],
        { env },
      );
      expect(code).toBe(0);
      seen.unshift(
        ...out
          .trim()
          .split('\n')
          .map((line) => (JSON.parse(line) as { detail: string }).detail),
      );
      const next = /--before (\S+)/.exec(err)?.[1];
      expect(next === undefined).toBe(pages === 2);
      before = ['--before', next!];
    }
    expect(seen).toEqual(['0', '1', '2', '3', '4']);
  }, 60_000);

  test('a truncated letter says so in the list, shows its original, and is refused with a reason once that is gone', async () => {
    const reason = `large_${marker.slice(0, 8)}`;
    const value = JSON.stringify({ text: 'x'.repeat(3_000_000), end: 'the end' });
    const offset = await sendForeign(
      slackInteraction.name,
      [{ key: 'T1', value, headers: { dlq_reason: 'forged', odd: '\x1b[31m' } }],
      { gzip: true },
    );
    const from = { topic: slackInteraction.name, partition: 0, code: reason, detail: 'data: is too large', key: 'T1' };
    const raw = {
      key: Buffer.from('T1'),
      value: Buffer.from(value),
      headers: { dlq_reason: Buffer.from('forged'), odd: Buffer.from('\x1b[31m') },
    };
    await publisher.publishRecords([
      deadLetter({ ...from, offset, raw }),
      deadLetter({ ...from, offset: '99999999', raw }),
    ]);

    const listed = await carillon(['dead-letters', 'list', '--reason', reason], { env });
    expect(listed.out).toContain('3.0 MB, truncated');
    const [there, gone] = listed.out.match(/slack\.interaction\/0\/\d+/g) as [string, string];
    const shown = (await carillon(['dead-letters', 'show', there], { env })).out;
    expect(shown).toContain('truncated    value: 1.1 MB of 3.0 MB are held');
    expect(shown).toContain('original     shown below');
    expect(shown).toMatch(/dlq_reason +forged/);
    expect(shown).not.toContain('\x1b');
    const json = JSON.parse((await carillon(['dead-letters', 'show', there, '--json'], { env })).out) as Record<
      string,
      unknown
    >;
    expect(json).toMatchObject({
      truncated: ['value'],
      original: { available: true },
      size: { original: { value: value.length } },
      value,
    });
    const missing = await carillon(['dead-letters', 'show', gone], { env });
    expect(missing.out).toMatch(/original +not available: carillon\.slack\.interaction\.v1, partition 0 ends before/);

    const retried = await carillon(['dead-letters', 'retry', there, gone, '--json'], { env });
    expect(retried.code).toBe(1);
    expect(
      retried.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { place: there, sent: true },
      { place: gone, sent: false, reason: expect.stringContaining('the letter is truncated, and') as unknown },
    ]);
  }, 90_000);

  test('a dead letter that is not there is said to be not there', async () => {
    expect(await carillon(['dead-letters', 'show', 'slack.interaction/0/99999999'], { env })).toMatchObject({
      code: 1,
      err: expect.stringContaining('no dead letter') as unknown,
    });
    expect(await carillon(['dead-letters', 'show', 'nonsense'], { env })).toMatchObject({ code: 2 });
    expect(await carillon(['dead-letters', 'list', '--topic', 'nonsense'], { env })).toMatchObject({
      code: 2,
      err: expect.stringMatching(
        /--topic nonsense: no such topic .*there are notification\.requested, .*member\.changed/,
      ) as unknown,
    });
    expect(await carillon(['dead-letters', 'show', 'nonsense/0/1'], { env })).toMatchObject({
      code: 2,
      err: expect.stringMatching(/nonsense: no such topic .*there are notification\.requested/) as unknown,
    });
    expect(await carillon(['dead-letters', 'list', '--limit', '0'], { env })).toMatchObject({ code: 2 });
    expect(await carillon(['dead-letters', 'list', '--before', 'slack.interaction/0/99999999'], { env })).toMatchObject(
      { code: 1 },
    );
  }, 30_000);
});
