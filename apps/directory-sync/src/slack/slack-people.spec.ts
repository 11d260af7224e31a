import { describe, expect, it } from '@jest/globals';
import { channelsOf, peopleOf } from './slack-people.ts';

const user = (change: object = {}) => ({
  id: 'U1',
  name: 'ada',
  real_name: 'Ada L.',
  deleted: false,
  is_bot: false,
  tz: 'Europe/Paris',
  profile: { email: 'Ada@Acme.test ' },
  ...change,
});

describe('reading Slack users', () => {
  it('keeps name, address, time zone, whether they are active and whether a guest, and nothing else', () => {
    expect(peopleOf([user({ profile: { email: 'Ada@Acme.test', phone: '555', status_text: 'lunch' } })], 'T1')).toEqual(
      [
        {
          slack_user_id: 'U1',
          team_id: 'T1',
          name: 'Ada L.',
          email: 'Ada@Acme.test',
          email_key: 'ada@acme.test',
          time_zone: 'Europe/Paris',
          active: true,
          guest: null,
        },
      ],
    );
  });

  it.each([
    ['a bot', { is_bot: true }],
    ['Slackbot, who says it is no bot', { id: 'USLACKBOT', tz: null }],
    ['a workflow', { is_workflow_bot: true }],
    ['a stranger of another workspace', { is_stranger: true }],
    ['somebody of another company in a shared channel', { is_stranger: false, team_id: 'T0OTHER' }],
    [
      'somebody of another organisation',
      { team_id: 'T0OTHER', enterprise_user: { enterprise_id: 'E0OTHER', teams: ['T0OTHER'] } },
    ],
    ['something without an id', { id: undefined }],
  ])('leaves out %s', (_, change) => {
    expect(peopleOf([user(change)], 'T1')).toEqual([]);
  });

  it('keeps guests, of which kind they are, and deactivated people', () => {
    const listed = [
      user({ is_restricted: true }),
      user({ id: 'U2', is_restricted: true, is_ultra_restricted: true }),
      user({ id: 'U3', deleted: true }),
    ];
    expect(peopleOf(listed, 'T1')).toMatchObject([
      { active: true, guest: 'multi_channel' },
      { active: true, guest: 'single_channel' },
      { active: false, guest: null },
    ]);
  });

  it('keeps people of an organisation who are at home in another workspace of it', () => {
    const colleague = { team_id: 'T2', enterprise_user: { enterprise_id: 'E1', teams: ['T1', 'T2'] } };
    expect(peopleOf([user(colleague), user({ id: 'U2', team_id: 'E1' })], 'T1', 'E1')).toHaveLength(2);
    expect(peopleOf([user(colleague)], undefined, 'E1')).toHaveLength(1);
    expect(peopleOf([user(colleague)], undefined, 'E2')).toEqual([]);
  });

  it('takes a missing address as none (users:read.email was not granted)', () => {
    expect(peopleOf([user({ profile: {} })], 'T1')).toMatchObject([{ email: null, email_key: null }]);
  });
});

describe('reading Slack channels', () => {
  it('keeps id, name, and whether it is private, archived, and the app in it; nothing else', () => {
    const listed = [
      { id: 'C1', name: 'general', topic: { value: 'secret' } },
      { id: 'C2', name: 'leads', is_private: true, is_member: true },
      { id: 'C3', name: 'old', is_archived: true },
    ];
    expect(channelsOf(listed, 'T1')).toEqual([
      { ...{ channel_id: 'C1', team_id: 'T1', name: 'general' }, private: false, archived: false, member: false },
      { ...{ channel_id: 'C2', team_id: 'T1', name: 'leads' }, private: true, archived: false, member: true },
      { ...{ channel_id: 'C3', team_id: 'T1', name: 'old' }, private: false, archived: true, member: false },
    ]);
  });
});
