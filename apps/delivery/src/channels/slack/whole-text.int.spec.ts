// Nothing is cut without a word: what the reader and the timeline learn of content that does not fit into a message.
// Real PostgreSQL and the stand-in for Slack.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SlackChannelStage } from './testing/slack-channel-stage.ts';

let stage: SlackChannelStage;

beforeAll(async () => {
  stage = await SlackChannelStage.start();
});
afterAll(() => stage?.stop());

const log = Array.from({ length: 1_500 }, (_, n) => `line ${n} of <the> log`).join('\n');
const long = { title: 'Build failed', body: `\`\`\`\n${log}\n\`\`\`` };

test('a body that does not fit goes along whole as a file, and goes with its message', async () => {
  await stage.connect('chat:write,files:write,files:read');
  const delivery = stage.delivery({ content: long });
  const end = await stage.send(delivery);
  expect(end).toMatchObject({
    kind: 'delivered',
    remark: { error: 'shortened', advice: expect.stringMatching(/does not show about [\d,]+ characters of the body/) },
  });
  const [message] = await stage.slack.messages(stage.team);
  expect(JSON.stringify(message)).toMatch(/line 0 of.*characters left out here.*line 1499 of/);
  const [file, ...others] = message!.files!;
  expect([others, file]).toMatchObject([[], { name: 'whole-text.md', title: 'The whole text' }]);
  expect(await (await fetch(stage.slack.url + file!.url_private)).text()).toBe(long.body);

  if (end.kind !== 'delivered') throw new Error(end.kind);
  const deleted = await stage.send({ ...delivery, op: 'delete', ownMessage: end.ref ?? null });
  expect(deleted).toMatchObject({ kind: 'delivered' });
  expect((await stage.slack.requests(stage.team, 'files.delete')).ok).toBe(1);
});

test('it comes after the files of the producer, and is named where Slack takes no files', async () => {
  await stage.connect('chat:write,files:write,files:read');
  const files = [{ name: 'a.txt', contentType: 'text/plain', base64: 'aGVsbG8=' }];
  await stage.send(stage.delivery({ content: { ...long, files } }));
  const [message] = await stage.slack.messages(stage.team);
  expect(message!.files!.map(({ name }) => name)).toEqual(['a.txt', 'whole-text.md']);

  await stage.connect('chat:write,files:write');
  await stage.slack.faults([
    {
      method: 'files.completeUploadExternal',
      team: stage.team,
      kind: 'error',
      value: 'file_type_not_allowed',
      count: 1,
    },
  ]);
  expect(await stage.send(stage.delivery({ content: long }))).toMatchObject({
    remark: {
      error: 'shortened, files_not_attached',
      advice: expect.stringContaining('whole-text.md is not attached'),
    },
  });
  await stage.slack.noFaults();
});

test('a workspace that takes only images gets those, and the other files are named', async () => {
  await stage.connect('chat:write,files:write,files:read');
  const error = { kind: 'error', value: 'file_uploads_except_images_disabled', count: 1 };
  await stage.slack.faults([{ method: 'files.completeUploadExternal', team: stage.team, ...error }]);
  const file = (name: string, contentType: string) => ({ name, contentType, base64: 'aGVsbG8=' });
  const files = [file('a.txt', 'text/plain'), file('b.png', 'image/png'), file('c.csv', 'text/csv')];
  const delivery = stage.delivery({ content: { title: 'Sales', files } });
  expect(await stage.send(delivery)).toMatchObject({
    kind: 'delivered',
    channelId: 'C0REPORTS',
    remark: { error: 'files_not_attached', advice: expect.stringMatching(/a\.txt is not.*c\.csv is not/) },
  });
  const [message] = await stage.slack.messages(stage.team);
  expect(message!.files!.map(({ name }) => name)).toEqual(['b.png']);
  expect(JSON.stringify(message)).toMatch(/a\.txt.*not attached/);
  expect(await stage.channel.reconcile(delivery, { reserve: () => 0 })).toMatchObject({ kind: 'found' });
});

test('without permission to attach files the message says how much is missing, and links to the rest', async () => {
  await stage.connect('chat:write');
  const link = { url: 'https://ci.example/builds/1' };
  expect(await stage.send(stage.delivery({ content: { ...long, link } }))).toMatchObject({
    remark: { error: 'shortened' },
  });
  const [message] = await stage.slack.messages(stage.team);
  expect(message!.files).toEqual([]);
  expect(JSON.stringify(message)).toMatch(/characters left out here … <https:\/\/ci.example\/builds\/1\|Read on>/);
});

test('a message that fits has no file and no remark', async () => {
  await stage.connect('chat:write,files:write');
  const end = await stage.send(stage.delivery({ content: { title: 'Sales', body: 'word '.repeat(1_000) } }));
  expect(end).not.toHaveProperty('remark');
  expect((await stage.slack.messages(stage.team))[0]!.files).toEqual([]);
});

test('that the app joined the channel first is told', async () => {
  await stage.connect('chat:write,channels:join', { members: [] });
  expect(await stage.send(stage.delivery({ content: { title: 'Sales' } }))).toMatchObject({
    kind: 'delivered',
    remark: { error: 'joined_channel' },
  });
});

test.each(['files.getUploadURLExternal', 'files.completeUploadExternal'])(
  'a refusal of the whole installation by %s holds it: the message is not posted without its file',
  async (method) => {
    await stage.connect('chat:write,files:write,files:read');
    await stage.slack.faults([{ method, team: stage.team, kind: 'error', value: 'app_access_restricted', count: 1 }]);
    const delivery = stage.delivery({ content: long });
    expect(await stage.send(delivery)).toMatchObject({ kind: 'not_written', why: 'app_access_restricted' });
    expect(await stage.slack.messages(stage.team)).toEqual([]);
    expect(await stage.send(delivery)).toMatchObject({ kind: 'delivered', channelId: 'C0REPORTS' });
    expect((await stage.slack.messages(stage.team))[0]!.files).toHaveLength(1);
  },
);
