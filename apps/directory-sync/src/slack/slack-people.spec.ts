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
  it('keeps name, address, time zone and whether they are active, and nothing else', () => {
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
        },
      ],
    );
  });

  it.each([
    ['a bot', { is_bot: true }],
    ['Slackbot, who says it is no bot', { id: 'USLACKBOT', tz: null }],
    ['a workflow', { is_workflow_bot: true }],
    ['a stranger of another workspace', { is_stranger: true }],
    ['something without an id', { id: undefined }],
  ])('leaves out %s', (_, change) => {
    expect(peopleOf([user(change)], 'T1')).toEqual([]);
  });

  it('keeps guests and deactivated people', () => {
    expect(peopleOf([user({ is_restricted: true }), user({ id: 'U2', deleted: true })], 'T1')).toMatchObject([
      { active: true },
      { active: false },
    ]);
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
