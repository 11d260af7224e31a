// Files that are posted with a message.
import { describe, expect, test } from '@jest/globals';
import { killAt, noKill } from '../checkpoints/kill-at.ts';
import { idOf, publish, published, seen, stage, team, toChannel } from './context.ts';

describe('files', () => {
  test('several are attached to one message with the text', async () => {
    const id = await published({
      ...toChannel(),
      files: ['sales.csv', 'costs.csv'].map((name) => ({
        name,
        contentType: 'text/csv',
        base64: Buffer.from('a,b\n1,2\n').toString('base64'),
      })),
    });
    const [message, ...more] = (await seen(id)) as unknown as { files: { name: string }[] }[];
    expect([message!.files.map(({ name }) => name), more]).toEqual([['sales.csv', 'costs.csv'], []]);
  });

  test('a lost answer to the last step posts no second message', async () => {
    await stage.slack.fault({ method: 'files.completeUploadExternal', team, kind: 'reset_after', count: 1 });
    const id = await published({
      ...toChannel(),
      files: [{ name: 'once.txt', contentType: 'text/plain', base64: Buffer.from('once').toString('base64') }],
    });
    expect(await seen(id)).toHaveLength(1);
    expect(stage.outcomes.of(idOf(id))).toEqual([
      expect.objectContaining({ outcome: 'delivered', possibleDuplicate: false }),
    ]);
  });

  test('uploaded before the process died are not uploaded again, and the message is posted once', async () => {
    const delivery = stage.playground.service('delivery');
    const uploads = async () => (await stage.slack.requests('files.getUploadURLExternal', team)).ok;
    await delivery.restart({ env: killAt('file.uploaded') });
    const died = delivery.ended();
    const before = await uploads();
    const id = await publish({
      ...toChannel(),
      files: [{ name: 'kept.txt', contentType: 'text/plain', base64: Buffer.from('kept').toString('base64') }],
    });
    expect(await died).toEqual({ code: null, signal: 'SIGKILL' });
    await delivery.restart({ env: noKill });
    await stage.ended([idOf(id)]);
    expect(await seen(id)).toHaveLength(1);
    expect(await uploads()).toBe(before + 1);
  });

  test('from an address inside the network are not fetched; the message says so and goes out', async () => {
    const id = await published({
      ...toChannel(),
      files: [{ name: 'secret.txt', contentType: 'text/plain', url: 'https://127.0.0.1:1/secret.txt' }],
    });
    expect(JSON.stringify(await seen(id))).toContain('secret.txt');
  });
});
