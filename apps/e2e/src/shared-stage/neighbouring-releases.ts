// A rolling upgrade: for some minutes this release's delivery reads what the previous release's preferences writes, and
// the other way round. A folder of releases/ has, for each release, the records that its preferences wrote in this
// suite (resolved.jsonl, their bytes) and the schemas by which its services read (asyncapi.json).
// RECORD_RELEASE=<version> writes the folder of a release (docs/adr/0036).
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { notificationIdOf } from '@carillon/domain/ids';
import { z } from 'zod';
import { environment } from '../environment.ts';
import { until } from '../until.ts';
import { everythingOn, idOf, installationId, publishOn, seen, stage, team } from './context.ts';

const topic = 'carillon.notification.resolved.v1';
const folder = new URL('../releases/', import.meta.url);
const releases = readdirSync(folder);
const previous = releases.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1)!;

interface RecordedDecision {
  recipient: string;
  verdict: string;
  mode: { kind: string };
  destinations: { kind: string; surface?: string; teamId?: string; installationId?: string }[];
  reasons: { code: string }[];
}
interface Recorded {
  tenantId: string;
  notification: { notificationId: string; source: string; id: string; content: { title: string } };
  decisions: RecordedDecision[];
  reasons?: { code: string }[];
}

/** The document lists the codes that its release writes; its readers keep any other code as it is (docs/adr/0036). */
const anyReason = (key: string, value: unknown): unknown =>
  key === 'reasons' && Array.isArray(value) ? value.map((reason: object) => ({ ...reason, code: 'addressed' })) : value;

/** What the preferences of this stage wrote; other files of the suite write here what they forge. */
async function writtenByPreferences(): Promise<string[]> {
  const records = await everythingOn(topic);
  return records
    .filter(({ headers }) => String(headers['ce_source']) === '/carillon/preferences')
    .map(({ value }) => String(value));
}

const read = (text: string): Recorded => JSON.parse(text) as Recorded;

/** Records with the same one are alike: the same fields, and decisions of the same kinds. */
function shapeOf({ notification, decisions, reasons }: Recorded): string {
  const kinds = decisions.map(({ verdict, mode, destinations, reasons, ...rest }) =>
    JSON.stringify([
      verdict,
      mode.kind,
      destinations.map(({ kind, surface }) => surface ?? kind),
      reasons.map(({ code }) => code),
      Object.keys(rest),
    ]),
  );
  return JSON.stringify([
    [...new Set(kinds)].sort(),
    reasons?.map(({ code }) => code),
    Object.keys(notification).sort(),
    Object.keys(notification.content).sort(),
  ]);
}

const workspaces = ['T0ACME', team];

/** Ids of installations differ from run to run: in a recording their workspace stands for them. */
function record(texts: readonly string[]): string[] {
  const byShape = new Map<string, string>();
  for (const text of texts) {
    const destinations = read(text).decisions.flatMap((decision) => decision.destinations);
    if (text.length > mostBytes) continue;
    if (destinations.some(({ teamId }) => teamId !== undefined && !workspaces.includes(teamId))) continue;
    let recorded = text;
    for (const { installationId: id, teamId } of destinations)
      if (id !== undefined && teamId !== undefined) recorded = recorded.replaceAll(id, `installation of ${teamId}`);
    if (!byShape.has(shapeOf(read(text)))) byShape.set(shapeOf(read(text)), recorded);
  }
  return [...byShape.values()];
}

/** The recorded bytes with this stage's installations, under an id that was not used before. */
function playable(text: string, installations: ReadonlyMap<string, string>): Recorded {
  let known = text;
  for (const [workspace, id] of installations) known = known.replaceAll(`installation of ${workspace}`, id);
  const data = read(known);
  data.notification.id = `${data.notification.id}-${randomUUID()}`;
  data.notification.notificationId = notificationIdOf(data.tenantId, data.notification.source, data.notification.id);
  return data;
}

async function installationsByTeam(): Promise<Map<string, string>> {
  const destinations = (await writtenByPreferences()).flatMap((text) =>
    read(text).decisions.flatMap((decision) => decision.destinations),
  );
  return new Map([
    ...destinations.flatMap(({ teamId, installationId: id }) => (teamId && id ? [[teamId, id] as const] : [])),
    [team, installationId] as const,
  ]);
}

/** JSON Schema's patterns are Unicode ones, which `fromJSONSchema` does not take. */
const withoutPatterns = (key: string, value: unknown): unknown =>
  key === 'pattern' && typeof value === 'string' ? undefined : value;

/** Longer records add bytes and no shape. */
const mostBytes = 20_000;

describe('while releases meet', () => {
  test.each(releases)('what preferences of %s wrote is carried out: each recipient has an outcome', async (release) => {
    const lines = readFileSync(new URL(`${release}/resolved.jsonl`, folder), 'utf8')
      .trimEnd()
      .split('\n');
    const installations = await installationsByTeam();
    const records = lines.map((line) => playable(line, installations));
    for (const data of records) await publishOn(topic, 'recorded', data);
    for (const { notification, decisions } of records) {
      const named = decisions.map(({ recipient }) => recipient);
      const outcomes = await until(`an outcome for each of ${named.length}: ${notification.notificationId}`, () => {
        const found = stage.outcomes.of(notification.notificationId);
        if (named.length === 0) return found.length > 0 && found;
        return named.every((recipient) => found.some((outcome) => outcome.recipient === recipient)) && found;
      });
      expect(outcomes.map(({ reason }) => reason)).not.toContain('unreadable_decision');
      expect(outcomes.map(({ reason }) => reason)).not.toContain('invalid_payload');
    }
  });

  test(`what this release's preferences writes is what services of ${previous} read`, async () => {
    const document = readFileSync(new URL(`${previous}/asyncapi.json`, folder), 'utf8');
    const { components } = JSON.parse(document, withoutPatterns) as {
      components: { messages: Record<string, { payload: object }> };
    };
    const schema = z.fromJSONSchema(components.messages['notificationResolved']!.payload as never);
    const written = await writtenByPreferences();
    expect(written.length).toBeGreaterThan(20);
    for (const text of written) expect(schema.safeParse(JSON.parse(text, anyReason)).error).toBeUndefined();
  });

  test('a record of the next release is carried out as far as this one knows it, and the rest fails', async () => {
    const id = randomUUID();
    const to = (recipient: string, over: object): object => ({
      recipient,
      verdict: 'send',
      destinations: [{ kind: 'slack', surface: 'channel', installationId, teamId: team, channel: 'C0IN', lang: 'fr' }],
      mode: { kind: 'now', since: 'ever' },
      reasons: [{ code: 'addressed' }, { code: 'on_call', detail: 'week 48' }],
      ...over,
    });
    await publishOn(topic, 'next', {
      tenantId: 'acme',
      notification: {
        ...{ notificationId: idOf(id), source: stage.product.source, id, type: 'report.ready', category: 'reports' },
        ...{ content: { title: `Next ${id}`, accent: '#f00' }, priority: 'critical', tags: ['next'] },
      },
      policies: { ambiguity: 'ask', mutable: true, retentionDays: 90, audience: 'small' },
      decisions: [
        to('channel:T0SHARED:C0IN', {}),
        to('member:one', { destinations: [{ kind: 'sms', number: '+33' }] }),
        to('member:two', { mode: { kind: 'when_online' } }),
      ],
    });
    const outcomes = await until('three outcomes', () => {
      const found = stage.outcomes.of(idOf(id));
      return found.length >= 3 && found;
    });
    expect(outcomes.map(({ recipient, outcome, reason }) => [recipient, outcome, reason]).sort()).toEqual([
      ['channel:T0SHARED:C0IN', 'delivered', undefined],
      ['member:one', 'failed', 'unreadable_decision'],
      ['member:two', 'failed', 'unreadable_decision'],
    ]);
    expect(await seen(`Next ${id}`)).toHaveLength(1);
    const timeline = await stage.timeline(idOf(id));
    expect(timeline!.decisions[0]!.reasons.map(({ sentence }) => sentence)).toEqual([
      'The request names this recipient.',
      'This release does not know the reason on_call.',
    ]);
  });

  test('a record that this release cannot read fails for each recipient that it names', async () => {
    const id = randomUUID();
    await publishOn(topic, 'unreadable', {
      tenantId: 'acme',
      notification: { source: stage.product.source, id },
      decisions: [{ recipient: 'member:one' }, { recipient: 'member:two' }],
    });
    const outcomes = await until('two outcomes', () => {
      const found = stage.outcomes.of(idOf(id));
      return found.length >= 2 && found;
    });
    expect(outcomes.map(({ recipient, outcome, reason }) => [recipient, outcome, reason]).sort()).toEqual([
      ['member:one', 'failed', 'invalid_payload'],
      ['member:two', 'failed', 'invalid_payload'],
    ]);
  });

  const version = environment['RECORD_RELEASE'];
  const keep = async (release: string): Promise<void> => {
    const at = new URL(`${release}/`, folder);
    mkdirSync(at, { recursive: true });
    writeFileSync(new URL('resolved.jsonl', at), `${record(await writtenByPreferences()).join('\n')}\n`);
    writeFileSync(
      new URL('asyncapi.json', at),
      readFileSync(new URL('../../../../docs/asyncapi.json', import.meta.url)),
    );
  };
  if (version !== undefined) test('the records of this run are kept as those of a release', () => keep(version));
});
