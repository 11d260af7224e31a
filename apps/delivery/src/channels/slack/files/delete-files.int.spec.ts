// A message with files that its producer takes back: real PostgreSQL and the stand-in for Slack.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { ClaimedDelivery } from '../../../model/claimed-delivery.ts';
import { SlackChannelStage } from '../testing/slack-channel-stage.ts';

let stage: SlackChannelStage;

beforeAll(async () => {
  stage = await SlackChannelStage.start();
});
afterAll(() => stage?.stop());
afterEach(() => stage.slack.noFaults());

const files = [{ name: 'secret.txt', contentType: 'text/plain', base64: 'aGVsbG8=' }];

/** Posts it, and answers with the claim that takes it back. */
async function posted(): Promise<ClaimedDelivery> {
  const delivery = stage.delivery({ content: { title: 'ret', files } });
  const end = await stage.send(delivery);
  if (end.kind !== 'delivered') throw new Error(JSON.stringify(end));
  return { ...delivery, op: 'delete', ownMessage: end.ref ?? null };
}

const fileIds = async (): Promise<string[]> =>
  (await stage.pool.query<{ id: string }>('SELECT file_id AS id FROM file_upload')).rows.map(({ id }) => id);
const isGone = async (id: string): Promise<boolean> => {
  const answer = await stage.client.call('files.info', { file: id });
  return !answer.ok && answer.failure.code === 'file_not_found';
};

beforeEach(async () => {
  await stage.pool.query('TRUNCATE file_upload');
  await stage.connect('chat:write,files:write,files:read');
});

test('the files go with the message', async () => {
  const taken = await posted();
  const [id] = await fileIds();
  expect(await isGone(id!)).toBe(false);
  expect(await stage.send(taken)).toMatchObject({ kind: 'delivered' });
  expect(await isGone(id!)).toBe(true);
  expect(await stage.slack.messages(stage.team)).toMatchObject([{ deleted: true }]);
});

test('a try that was cut short is made again, and ends the same', async () => {
  const taken = await posted();
  await stage.slack.faults([{ method: 'chat.delete', kind: 'http_500', count: 1 }]);
  expect((await stage.send(taken)).kind).toBe('retry');
  expect(await stage.send(taken)).toMatchObject({ kind: 'delivered' });
  expect(await stage.slack.messages(stage.team)).toMatchObject([{ deleted: true }]);
});

test('a file that Slack refuses to delete keeps no message, and is named', async () => {
  const taken = await posted();
  await stage.slack.faults([{ method: 'files.delete', kind: 'error', value: 'cant_delete_file', count: 1 }]);
  const end = await stage.send(taken);
  expect(end).toMatchObject({
    kind: 'delivered',
    remark: { error: 'files_remain', advice: expect.stringContaining('secret.txt (cant_delete_file)') },
  });
  expect(await stage.slack.messages(stage.team)).toMatchObject([{ deleted: true }]);
});

test('files whose scope was taken away meanwhile are named', async () => {
  const taken = await posted();
  await stage.grant('chat:write');
  expect(await stage.send(taken)).toMatchObject({
    remark: { advice: expect.stringContaining('files:write was not granted') },
  });
});

test('where Slack never told the ts, the files go and the message that stays is named', async () => {
  await stage.connect('chat:write,files:write');
  const taken = await posted();
  expect(taken.ownMessage).toBeNull();
  expect(await stage.send(taken)).toMatchObject({ kind: 'refused', error: 'message_unknown' });
  expect((await stage.slack.requests(stage.team, 'files.delete')).ok).toBe(1);
});
