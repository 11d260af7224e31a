// What Slack tells of a connection, through slack-ingress: that the app was removed, that a person's token was revoked,
// that the workspace has another name, the same event twice, and an event that nobody can take at the moment.
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { freezeServers } from '../frozen-servers.ts';
import { followedBy } from '../load.ts';
import { nothingLostOrSilentlyDoubled } from '../nothing-lost-or-silently-doubled.ts';
import { until } from '../until.ts';
import {
  call,
  control,
  installationOf,
  lane,
  secondsUntil,
  stage,
  verdict,
  workspace,
  type Person,
} from './context.ts';
import { connect } from './connect.ts';
import { eventsOnKafka } from './events-on-kafka.ts';

const cleo: Person = { sub: 'cleo', role: 'security_admin' };

test('removing the app at Slack pauses the lane with nothing lost, tells the admin by e-mail, and after reconnecting what waited goes out', async () => {
  const teamId = 'T0REMOVED';
  const channels = await workspace(teamId);
  const member = { email: 'cleo@acme.test', name: 'Cleo', active: true };
  expect((await call('directory-sync', 'PUT', 'members/cleo', { body: member })).status).toBe(202);
  await until('Cleo to be known', async () => (await verdict({ member: 'cleo' }, 'digest.weekly')) === 'send');
  const installationId = await connect(cleo, teamId);
  const connected = { teamId, channels, installationId };
  const before = stage.load([connected], 2);
  await before.published;
  await stage.ended(before.ids);

  await stage.slack.uninstall(teamId);
  const lost = await secondsUntil('it to be lost', async () => (await installationOf(installationId)).state === 'lost');
  expect(lost).toBeLessThan(10);
  const load = await followedBy(before, () => stage.load([connected], 5));
  await load.published;
  await until('all five to wait in the lane', async () => {
    const { blockedInstallations = [] } = await lane(teamId);
    return JSON.stringify(blockedInstallations).includes('"waiting":5') && blockedInstallations;
  });
  expect((await lane(teamId)).blockedInstallations).toEqual([
    { id: installationId, reason: 'installation_lost', waiting: 5 },
  ]);
  const mails = () =>
    stage.playground.mail.messages().filter(({ to }) => to.some((address) => address.includes(member.email)));
  await until('the e-mail', () => mails().length > 0);
  expect(mails().map(({ subject }) => subject)).toEqual(['A Slack connection was lost']);
  expect(mails()[0]!.text).toContain(`Slack ${teamId}`);

  expect(await connect(cleo, teamId, { installationId })).toBe(installationId);
  expect(await nothingLostOrSilentlyDoubled(stage, load)).toMatchObject({
    delivered: 7,
    duplicates: 0,
    flagged: 0,
    ambiguousAttempts: 0,
  });
  expect((await lane(teamId)).blockedInstallations).toEqual([]);
  expect(mails()).toHaveLength(1);
});

describe('an event', () => {
  test('a revoked token of a person changes nothing', async () => {
    await workspace('T0PERSON');
    const id = await connect(cleo, 'T0PERSON', { profile: 'invite_only' });
    const { teamName: _name, version: _version, ...before } = await installationOf(id);
    const asked = async () => (await stage.slack.requests('auth.test', 'T0PERSON')).ok;
    // For the grant, after it was stored, and after the confirmation.
    const questions = 3;
    await until('the questions of the connection', async () => (await asked()) === questions);
    const event = { type: 'tokens_revoked', tokens: { oauth: ['U0PERSON'] } };
    expect(await control('POST', 'events', { team: 'T0PERSON', event })).toMatchObject({ state: 'delivered' });
    // It comes later on the same partition, and asks Slack once.
    await control('POST', 'workspaces', { id: 'T0PERSON', name: 'Renamed' });
    const {
      teamName,
      version: _later,
      ...after
    } = await until('news that came later', async () => {
      const installation = await installationOf(id);
      return installation.teamName === 'Renamed' && installation;
    });
    expect([teamName, after]).toEqual(['Renamed', before]);
    expect(await asked()).toBe(questions + 1);
  });

  test('an event that Slack sends again to another process of slack-ingress is published once', async () => {
    await workspace('T0TWICE');
    await connect(cleo, 'T0TWICE');
    const eventId = `Ev${randomUUID().replaceAll('-', '').toUpperCase()}`;
    for (const replica of [0, 1]) {
      const url = `${stage.playground.service('slack-ingress', replica).url}/slack/events`;
      const sent = { team: 'T0TWICE', event: { type: 'team_join', user: { id: 'U0NEW' } }, eventId, url };
      // That Kafka has the event is noted after the answer: until then another process asks Slack to come again.
      await until('the event to be accepted', async () => {
        const { attempts } = await control<{ attempts: { status: number }[] }>('POST', 'events', sent);
        return attempts[0]?.status === 200;
      });
    }
    expect((await eventsOnKafka()).filter((published) => published === eventId)).toEqual([eventId]);
  });

  test('an event that comes while Kafka does not answer is refused within three seconds, and published when Slack sends it again', async () => {
    await workspace('T0FROZEN');
    const eventId = `Ev${randomUUID().replaceAll('-', '').toUpperCase()}`;
    const sent = { team: 'T0FROZEN', event: { type: 'team_join', user: { id: 'U0NEW' } }, eventId };
    const url = (replica: number): string => `${stage.playground.service('slack-ingress', replica).url}/slack/events`;
    const thaw = freezeServers(stage.playground, ['kafka']);
    try {
      const { attempts } = await control<{ attempts: { status: number; tookMs: number }[] }>('POST', 'events', {
        ...sent,
        url: url(0),
      });
      expect(attempts[0]).toMatchObject({ status: 503 });
    } finally {
      thaw();
    }
    await until('the event to be accepted', async () => {
      const { state } = await control<{ state: string }>('POST', 'events', { ...sent, url: url(1) });
      return state === 'delivered';
    });
    expect(await eventsOnKafka()).toContain(eventId);
  });

  test('a renamed workspace shows its new name', async () => {
    await workspace('T0RENAMED');
    const id = await connect(cleo, 'T0RENAMED', { profile: 'invite_only' });
    expect(await installationOf(id)).toMatchObject({ teamName: 'T0RENAMED', teamDomain: 't0renamed' });
    await control('POST', 'workspaces', { id: 'T0RENAMED', name: 'Hooli', domain: 'hooli' });
    const seconds = await secondsUntil('the new name', async () => {
      const { teamName, teamDomain } = await installationOf(id);
      return teamName === 'Hooli' && teamDomain === 'hooli';
    });
    expect(seconds).toBeLessThan(5);
  });
});
