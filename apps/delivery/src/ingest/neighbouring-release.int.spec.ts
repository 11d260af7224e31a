// Resolved records of a newer release, and records that nothing can be made of: on a real ledger, from the bytes on.
// Whoever is named in one is told or has a failed outcome.
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { notificationResolved } from '@carillon/domain';
import { decoderOf, encode, type Rejection } from '@carillon/messaging';
import { batchOf } from '@carillon/messaging/testing';
import { Tenants } from '@carillon/runtime';
import { Installations } from '../channels/slack/installations.ts';
import { testChannels } from '../testing/channels.ts';
import { idOf, resolved, toMember, useLedger } from '../testing/ledger-stage.ts';
import { testIngest } from '../testing/test-ingest.ts';
import { Timeline } from '../timeline/timeline.ts';
import type { IngestResolved } from './ingest-resolved.ts';

const stage = useLedger();
const tenants = new Tenants([{ id: 'acme', name: 'Acme', sources: ['/test'] }]);
const people = ['ada', 'bob', 'cyd'];
const decode = decoderOf(notificationResolved);

let ingest: IngestResolved;
let timeline: Timeline;

beforeEach(() => {
  const installations = new Installations(stage.pool);
  const channels = testChannels(stage.pool, installations);
  ingest = testIngest({ pool: stage.pool, channels, tenants }).resolved;
  timeline = new Timeline(stage.pool, {});
});

interface Loose {
  decisions: Record<string, unknown>[];
  [name: string]: unknown;
}

/** A record for ada, bob and cyd, changed as a newer release could write it, in bytes. */
function bytesOf(id: string, change: (data: Loose) => void) {
  const { data } = resolved(
    id,
    people.map((member) => toMember(member)),
  );
  const { key, headers } = encode(notificationResolved, { id: randomUUID(), source: '/carillon/preferences', data });
  change(data as unknown as Loose);
  return { topic: notificationResolved.name, key, headers, value: Buffer.from(JSON.stringify(data)) };
}

/** As the consumer does: what cannot be read goes to `rejected`. */
async function consume(...records: ReturnType<typeof bytesOf>[]): Promise<string[]> {
  const readable: typeof records = [];
  const rejections: Rejection[] = [];
  for (const record of records) {
    const decoded = decode({ ...record, key: null, offset: '0', timestamp: '0' }, 0);
    if ('rejection' in decoded) rejections.push(decoded.rejection);
    else readable.push(record);
  }
  const batch = batchOf(notificationResolved, readable);
  await ingest.handle(batch);
  rejections.push(...batch.rejected.map(({ record, code, detail }): Rejection => ({ ...record, code, detail })));
  if (rejections.length > 0) await ingest.rejected(rejections);
  return rejections.map(({ code }) => code);
}

const queued = async () =>
  (await stage.rows('SELECT recipient FROM delivery ORDER BY recipient')).map(({ recipient }) => recipient);
const told = async () =>
  (await stage.outcomes()).map(({ recipient, outcome, reason }) => `${recipient} ${outcome} ${reason}`).sort();

describe('a resolved record of a newer release', () => {
  test('with unknown fields and reasons is carried out, and the timeline shows the reasons', async () => {
    const change = (data: Loose): void => {
      data['cell'] = 3;
      data.decisions[0]!['reasons'] = [{ code: 'addressed' }, { code: 'on_call', detail: 'week 48' }];
    };
    expect(await consume(bytesOf('r', change))).toEqual([]);
    expect(await queued()).toEqual(['member:ada', 'member:bob', 'member:cyd']);
    const [first] = (await timeline.of(idOf('r')))!.decisions.filter(({ recipient }) => recipient === 'member:ada');
    expect(first!.reasons).toEqual([
      { code: 'addressed', sentence: 'The request names this recipient.' },
      { code: 'on_call', sentence: 'This release does not know the reason on_call.', detail: 'week 48' },
    ]);
  });

  test.each<[string, Record<string, unknown>]>([
    ['verdict', { verdict: 'ask_first' }],
    ['mode', { mode: { kind: 'when_online' } }],
    ['destination', { destinations: [{ kind: 'sms', number: '+33' }] }],
  ])('with a %s that this one does not know fails for that recipient alone, once', async (_what, change) => {
    const record = bytesOf('r', ({ decisions }) => Object.assign(decisions[1]!, change));
    expect(await consume(record, record)).toEqual([]);
    expect(await consume(record)).toEqual([]);
    expect(await queued()).toEqual(['member:ada', 'member:cyd']);
    expect(await told()).toEqual(['member:bob failed unreadable_decision']);
    const bob = (await timeline.of(idOf('r')))!.decisions.find(({ recipient }) => recipient === 'member:bob');
    expect(bob!.summary).toMatch(/^failed: a part of the decision is of a kind that this release does not know/);
    expect(bob!.reasons[0]!.detail).toMatch(/verdict|mode|kind/);
  });

  test('with one destination more than this one knows is sent to the known one, and the other one fails', async () => {
    const sms = { kind: 'sms', number: '+33' };
    const more = ({ decisions }: Loose): unknown => (decisions[0]!['destinations'] as object[]).push(sms);
    expect(await consume(bytesOf('r', more))).toEqual([]);
    expect(await queued()).toEqual(['member:ada', 'member:bob', 'member:cyd']);
    expect(await told()).toEqual(['member:ada failed unreadable_decision']);
  });
});

describe('a resolved record that cannot be read', () => {
  test('fails for each recipient that it names', async () => {
    expect(await consume(bytesOf('r', (data) => (data['policies'] = 'see the catalogue')))).toEqual([
      'invalid_payload',
    ]);
    expect(await told()).toEqual(people.map((member) => `member:${member} failed invalid_payload`));
  });

  test('fails for nobody who was decided before, by another record of the notification', async () => {
    await consume(bytesOf('r', ({ decisions }) => decisions.splice(1)));
    expect(await consume(bytesOf('r', (data) => delete data['policies']))).toEqual(['invalid_payload']);
    expect(await told()).toEqual(['bob', 'cyd'].map((member) => `member:${member} failed invalid_payload`));
  });

  test('because the database cannot hold it fails for each recipient, and the records beside it are taken', async () => {
    // A name beyond what an index of PostgreSQL takes, from a release that allows longer ones.
    const long = Array.from({ length: 20_000 }, () => randomUUID()).join('');
    const unstorable = bytesOf('r', ({ decisions }) => (decisions[2]!['recipient'] = `member:${long}`));
    expect(
      await consume(
        unstorable,
        bytesOf('s', () => undefined),
      ),
    ).toEqual(['not_storable']);
    expect((await told()).map((line) => line.slice(0, 11)).sort()).toEqual(
      ['member:ada ', 'member:bob ', `member:${long.slice(0, 4)}`].sort(),
    );
    expect(await queued()).toEqual(['member:ada', 'member:bob', 'member:cyd']);
  });
});
