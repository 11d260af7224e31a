// What raw blocks and ids may not say.
import { expect, test } from '@jest/globals';
import { contextOf, personOf, typeOf, resolveAtNoon as resolve } from '../testing/context-fixtures.ts';
import { checkContent, strangerIn } from './content-faults.ts';

const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });
const saying = (...texts: string[]) => ({ slack: { blocks: texts.map(section) } });

test.each([
  ['<!channel>', 'broadcast_refused', 'slack.blocks[1].text.text'],
  ['<!here|now>', 'broadcast_refused', 'slack.blocks[1].text.text'],
  ['<!subteam^S1>', 'broadcast_refused', 'slack.blocks[1].text.text'],
])('%s is refused for a type that does not say otherwise, by the path of the field', (text, code, path) => {
  expect(checkContent(saying('fine', text), typeOf())).toMatchObject({
    fault: { code, path, detail: expect.stringContaining('report.ready') },
  });
  expect(checkContent(saying('fine', text), typeOf({ broadcast: 'allowed' }))).toEqual({ users: [] });
});

test('an id that begins with our prefix is refused, in actions and in blocks', () => {
  const actions = [
    { id: 'ok', label: 'x' },
    { id: 'Carillon:approve', label: 'x' },
  ];
  expect(checkContent({ actions }, typeOf()).fault).toMatchObject({ code: 'reserved_id', path: 'actions[1].id' });
  const blocks = [{ type: 'actions', elements: [{ type: 'button', action_id: 'carillon:x' }] }];
  expect(checkContent({ slack: { blocks } }, typeOf()).fault).toMatchObject({
    code: 'reserved_id',
    path: 'slack.blocks[0].elements[0].action_id',
  });
});

test('a user in raw blocks is a recipient, or mentioned by a link; nobody else', () => {
  const [ada, bob] = [personOf('ada', { links: [link('UADA')] }), personOf('bob', { links: [link('UBOB')] })];
  const { users } = checkContent(saying('<@UADA> and <@UBOB>'), typeOf());
  const to = [{ member: 'ada' }];
  const strange = strangerIn(users, resolve({ to }, typeOf(), contextOf([ada, bob])));
  expect(strange).toMatchObject({
    code: 'mention_refused',
    path: 'slack.blocks[0].text.text',
    detail: expect.stringMatching(/UBOB.*`mentions`/),
  });
  expect(
    strangerIn(users, resolve({ to, mentions: [{ member: 'bob' }] }, typeOf(), contextOf([ada, bob]))),
  ).toBeUndefined();
  expect(
    strangerIn(users, resolve({ to: [{ members: ['ada', 'bob'] }] }, typeOf(), contextOf([ada, bob]))),
  ).toBeUndefined();
  expect(strangerIn(users, resolve({ to: [{ channel: 'C1' }] }, typeOf(), contextOf([ada, bob])))).toBeDefined();
});

const link = (slackUserId: string) => ({ installationId: 'main', status: 'matched' as const, slackUserId });
