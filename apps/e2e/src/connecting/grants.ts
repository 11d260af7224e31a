// What Slack grants: for an organisation, with fewer scopes than asked for, and with tokens that expire.
import { describe, expect, test } from '@jest/globals';
import { scopeProfiles } from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import { nothingLostOrSilentlyDoubled } from '../nothing-lost-or-silently-doubled.ts';
import { until } from '../until.ts';
import { connect } from './connect.ts';
import {
  control,
  installationOf,
  owner,
  refreshAheadSeconds,
  secondsUntil,
  stage,
  to,
  verdict,
  workspace,
} from './context.ts';

/** Until its outcome. */
async function published(id: string, over: object): Promise<string> {
  await stage.product.publish([{ id, data: { tenantId: 'acme', type: 'report.ready', title: id, ...over } }]);
  const notificationId = notificationIdOf('acme', stage.product.source, id);
  await until('the outcome', () => stage.outcomes.of(notificationId).length > 0);
  return notificationId;
}

describe('an organisation-wide installation', () => {
  const enterprise = 'E0GROUP';
  let id: string;
  const access = (change: { grant?: string[]; revoke?: string[] }) =>
    control('POST', 'orgs/access', { enterprise, ...change });
  const covers = (...teams: string[]) =>
    secondsUntil(`it to cover ${teams.join()}`, async () => {
      const { teamIds = [] } = await installationOf(id);
      return teamIds.join() === teams.join();
    });

  test('covers the workspaces that its admins add, and only those', async () => {
    await control('POST', 'orgs', { id: enterprise, name: 'Group' });
    for (const [team, person] of [
      ['T0NORTH', 'nora'],
      ['T0SOUTH', 'sam'],
    ] as const) {
      const users = [{ id: `U0${person.toUpperCase()}`, name: person, email: `${person}@group.test`, admin: true }];
      await workspace(team, { users, enterpriseId: enterprise });
    }
    id = await connect(owner, enterprise, { profile: 'invite_only' });
    expect(await installationOf(id)).toMatchObject({ isEnterpriseInstall: true, enterpriseId: enterprise });
    expect(await covers()).toBeLessThan(5);
    await access({ grant: ['T0SOUTH', 'T0NORTH'] });
    expect(await covers('T0NORTH', 'T0SOUTH')).toBeLessThan(5);
    await access({ revoke: ['T0SOUTH'] });
    expect(await covers('T0NORTH')).toBeLessThan(5);
  });

  test('people of a workspace that is added are told by direct message, and those of one that is taken away are not', async () => {
    const people = ['nora', 'sam'].map((name) => ({ memberId: name, name, email: `${name}@group.test` }));
    await stage.product.declareMembers(people.map((person) => ({ tenantId: 'acme', active: true, ...person })));
    const known = (member: string, decision: string) =>
      until(`${member} to be known`, async () => (await verdict({ member })) === decision);
    const seen = async (team: string, user: string) =>
      (await stage.slack.messages({ team, user })).map(({ channel }) => channel);

    await known('nora', 'send');
    const toNora = await published('to Nora', { to: [{ member: 'nora' }] });
    expect(stage.outcomes.of(toNora)).toMatchObject([{ outcome: 'delivered', destination: 'dm' }]);
    expect(await seen('T0NORTH', 'U0NORA')).toHaveLength(1);
    const notYet = await published('not yet to Sam', { to: [{ member: 'sam' }] });
    expect(stage.outcomes.of(notYet)).toMatchObject([{ outcome: 'suppressed', reason: 'not_linked' }]);

    await access({ grant: ['T0SOUTH'] });
    await known('sam', 'send');
    const toSam = await published('to Sam', { to: [{ member: 'sam' }] });
    expect(stage.outcomes.of(toSam)).toMatchObject([{ outcome: 'delivered', destination: 'dm' }]);

    await access({ revoke: ['T0SOUTH'] });
    await known('sam', 'suppress');
    expect(await seen('T0SOUTH', 'U0SAM')).toHaveLength(1);
  });
});

test('granted scopes count, not the asked ones', async () => {
  const [channel] = await workspace('T0FEWER');
  const refused = ['files:write', 'mpim:write'];
  const granted = scopeProfiles.full.scopes.filter((scope) => !refused.includes(scope));
  const id = await connect(owner, 'T0FEWER', { profile: 'full', granted });
  const { capabilities, missingScopes, scopes } = await installationOf(id);
  expect(scopes).toEqual([...granted].sort());
  expect([...missingScopes].sort()).toEqual(refused);
  expect(capabilities).toContain('post_to_invited_channels');
  for (const capability of ['attach_files', 'group_messages']) expect(capabilities).not.toContain(capability);
  const file = { name: 'sales.csv', contentType: 'text/csv', base64: Buffer.from('a,b\n').toString('base64') };
  const notificationId = await published('with a file', { to: [to(id, channel)], files: [file] });
  expect(stage.outcomes.of(notificationId)).toMatchObject([{ outcome: 'delivered' }]);
  const [message, ...more] = await stage.slack.messages({ team: 'T0FEWER' });
  expect(more).toEqual([]);
  expect(JSON.stringify(message)).toContain(
    'sales.csv (not attached: Slack was connected without permission to attach files.)',
  );
  expect(await stage.slack.requests('files.getUploadURLExternal', 'T0FEWER')).toMatchObject({ ok: 0, errors: 0 });
});

test('token rotation: tokens are exchanged before they expire, and nobody notices', async () => {
  const teamId = 'T0ROTATES';
  const tokenLifetimeSeconds = refreshAheadSeconds + 6;
  const channels = await workspace(teamId, { rotation: true, tokenLifetimeSeconds });
  const installationId = await connect(owner, teamId);
  const exchanges = async (): Promise<number> => (await stage.slack.requests('oauth.v2.access')).ok;
  const before = await exchanges();
  // A channel takes one message a second, so that the load outlives the first token.
  const count = tokenLifetimeSeconds + 7;
  const load = stage.load([{ teamId, installationId, channels }], count);
  expect(await nothingLostOrSilentlyDoubled(stage, load)).toMatchObject({
    delivered: count,
    flagged: 0,
    duplicates: 0,
  });
  expect(await exchanges()).toBeGreaterThan(before);
  const posts = `requests?method=chat.postMessage&team=${teamId}`;
  const { items } = await control<{ items: { ok: boolean; error?: string }[] }>('GET', posts);
  expect(items.filter(({ ok }) => ok)).toHaveLength(count);
  expect(items.filter(({ error = '' }) => error.includes('token'))).toEqual([]);
});
