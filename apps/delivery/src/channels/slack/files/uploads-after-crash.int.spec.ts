// Uploaded files after a crash, on the same stage: they are found again, and no message is posted twice.
import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { checkpointChannel } from '@carillon/telemetry';
import { FileUploads } from './file-uploads.ts';
import type { OpenFile } from '../../../files/open-file.ts';
import { findPosted, postWithFiles } from './post-with-files.ts';
import { forgetUploads } from './remembered-uploads.ts';
import { announce, channel, complete, FilesStage, granted, inline, message, posting } from '../testing/files-stage.ts';

let stage: FilesStage;

beforeAll(async () => {
  stage = await FilesStage.start();
});
beforeEach(() => stage.reset());
afterEach(() => stage.slack.noFaults());
afterAll(() => stage?.stop());

describe('a crash', () => {
  test('between two uploads costs no upload and no second message', async () => {
    const crash = new AbortController();
    const atFirst = (): void => crash.abort();
    const files = [inline('a.txt', '1'), inline('b.txt', '2'), inline('c.txt', '3')];
    subscribe(checkpointChannel('file.uploaded'), atFirst);
    const cut = await stage
      .uploads()
      .prepare(
        { deliveryId: stage.deliveryId, tenantId: 'acme', attempt: 1, files },
        stage.client,
        granted,
        crash.signal,
      );
    unsubscribe(checkpointChannel('file.uploaded'), atFirst);
    expect(cut).toMatchObject({ kind: 'wait' });
    expect(await stage.uploads().remembered(stage.deliveryId)).toHaveLength(1);
    await postWithFiles(stage.client, message(await stage.prepare(files, 2)), posting);
    expect((await stage.slack.requests(stage.team, announce)).ok).toBe(3);
    expect((await stage.slack.messages(stage.team)).map((each) => each.files?.map(({ name }) => name))).toEqual([
      ['a.txt', 'b.txt', 'c.txt'],
    ]);
  });

  test('between uploading and posting is found out: nothing was posted, and the same files are', async () => {
    const files = [inline('a.txt', '1'), stage.url('/big')];
    await stage.prepare(files);
    const held = await stage.uploads().remembered(stage.deliveryId);
    expect(
      await findPosted(
        stage.client,
        held.map(({ id }) => id),
        channel,
        () => 0,
      ),
    ).toEqual({ kind: 'absent' });
    await postWithFiles(stage.client, message(await stage.prepare(files, 2)), posting);
    expect((await stage.slack.requests(stage.team, announce)).ok).toBe(2);
    expect((await stage.slack.messages(stage.team)).flatMap((each) => each.files?.map(({ id }) => id) ?? [])).toEqual(
      held.map(({ id }) => id),
    );
  });

  test.each(['timeout_after', 'reset_after'])(
    'of the answer (%s) is found out by the files, and posting again posts nothing',
    async (kind) => {
      const prepared = await stage.prepare([inline('a.txt', '1'), inline('b.txt', '2')]);
      await stage.slack.faults([
        { method: complete, team: stage.team, kind, count: 1, ...(kind === 'timeout_after' && { value: 3_000 }) },
      ]);
      expect(await postWithFiles(stage.client, message(prepared), posting)).toMatchObject({
        kind: 'failed',
        answer: { failure: { sent: 'maybe' } },
      });
      const [only] = await stage.slack.messages(stage.team);
      const ids = (await stage.uploads().remembered(stage.deliveryId)).map(({ id }) => id);
      expect(await findPosted(stage.client, ids, channel, () => 0)).toEqual({ kind: 'found', ts: only?.ts });
      expect(
        await postWithFiles(
          stage.client,
          message(await stage.prepare([inline('a.txt', '1'), inline('b.txt', '2')], 2)),
          posting,
        ),
      ).toMatchObject({ kind: 'posted', ts: only?.ts });
      expect(await stage.slack.messages(stage.team)).toHaveLength(1);
    },
  );

  test('leaves no doubt that is not told: without files:read nobody can know, and a limited look-up comes later', async () => {
    const prepared = await stage.prepare([inline('a.txt', '1')]);
    await postWithFiles(stage.client, message(prepared), posting);
    const ids = message(prepared).files.map(({ id }) => id);
    await stage.slack.faults([{ method: 'files.info', team: stage.team, kind: 'rate_limit', value: 1, count: 1 }]);
    expect(await findPosted(stage.client, ids, channel, () => 0)).toEqual({
      kind: 'later',
      afterMs: 1_000,
      limited: 'files.info',
    });
    await stage.slack.noFaults();
    const blind = await stage.workspaceWith('chat:write,files:write');
    expect(await findPosted(blind, ids, channel, () => 0)).toEqual({ kind: 'cannot_know' });
  });

  test('of a process that is alive after all: two at once post once', async () => {
    const files = [inline('a.txt', '1'), inline('b.txt', '2')];
    const both = Promise.withResolvers<void>();
    let arrived = 0;
    const together: OpenFile = async (file) => {
      if (++arrived === 2) both.resolve();
      await both.promise;
      return stage.open(file);
    };
    const process = () =>
      new FileUploads(stage.pool, together, { atOnce: 4, timeoutMs: 5_000 }).prepare(
        { deliveryId: stage.deliveryId, tenantId: 'acme', attempt: 1, files },
        stage.client,
        granted,
      );
    const [one, two] = await Promise.all([process(), process()]);
    expect(message(one).files).toEqual(message(two).files);
    await Promise.all([
      postWithFiles(stage.client, message(one), posting),
      postWithFiles(stage.client, message(two), posting),
    ]);
    expect(await stage.slack.messages(stage.team)).toHaveLength(1);
  });
});

describe('what is remembered', () => {
  test('and no longer held by Slack is told, forgotten and uploaded again', async () => {
    await stage.pool.query('INSERT INTO file_upload VALUES ($1, 0, $2, $3, now())', [
      stage.deliveryId,
      'F0EXPIRED',
      'a.txt',
    ]);
    const files = [inline('a.txt', 'x')];
    expect(await postWithFiles(stage.client, message(await stage.prepare(files)), posting)).toMatchObject({
      kind: 'gone',
    });
    await stage.uploads().forget(stage.deliveryId);
    expect(await postWithFiles(stage.client, message(await stage.prepare(files)), posting)).toMatchObject({
      kind: 'posted',
    });
    expect(await stage.slack.messages(stage.team)).toHaveLength(1);
  });

  test('goes with the deliveries that are settled, and only with them', async () => {
    const other = randomUUID();
    for (const id of [stage.deliveryId, other])
      await stage.pool.query('INSERT INTO file_upload VALUES ($1, 0, $2, $3, now())', [id, 'F1', 'a']);
    await forgetUploads(stage.pool, [stage.deliveryId]);
    expect(await stage.uploads().remembered(stage.deliveryId)).toEqual([]);
    expect(await stage.uploads().remembered(other)).toHaveLength(1);
  });
});
