import { describe, expect, it } from '@jest/globals';
import { classify, type SlackAnswer, type SlackBody } from '@carillon/slack';
import { listPages } from './list-pages.ts';

const page = (members: string[], next_cursor = ''): SlackAnswer => ({
  ok: true,
  status: 200,
  latencyMs: 1,
  body: { ok: true, members, response_metadata: { next_cursor } },
});
const refusal = (code: string, retryAfterMs?: number): SlackAnswer => ({
  ok: false,
  latencyMs: 1,
  failure: classify('users.list', code, { retryAfterMs }),
});

async function list(answers: SlackAnswer[], from?: string) {
  const calls: unknown[] = [];
  const limits: unknown[] = [];
  const slept: number[] = [];
  const ports = {
    call: (_method: string, args: Record<string, unknown>) => {
      calls.push(args['cursor'] ?? null);
      limits.push(args['limit']);
      return Promise.resolve(answers.shift()!);
    },
    sleep: (ms: number) => Promise.resolve(void slept.push(ms)),
    signal: new AbortController().signal,
  };
  const pages: SlackBody[] = [];
  for await (const { body } of listPages(ports, 'users.list', {}, from)) pages.push(body);
  return { members: pages.flatMap((body) => body['members'] as string[]), calls, slept, limits };
}

describe('listing pages', () => {
  it('does not go round in a circle', async () => {
    await expect(list([page(['a'], 'c1'), page(['b'], 'c1'), page(['b'], 'c1')])).rejects.toMatchObject({
      code: 'same_cursor',
    });
  });

  it('follows the cursors to the end, short and empty pages too', async () => {
    const listed = await list([page(['a', 'b'], 'c1'), page([], 'c2'), page(['c'])]);
    expect(listed).toMatchObject({ members: ['a', 'b', 'c'], calls: [null, 'c1', 'c2'] });
  });

  it('waits as long as Slack says and asks for the same page again', async () => {
    const listed = await list([page(['a'], 'c1'), refusal('ratelimited', 3_000), page(['b'])]);
    expect(listed).toMatchObject({ members: ['a', 'b'], calls: [null, 'c1', 'c1'], slept: [3_000] });
  });

  it('starts over when the cursor grew too old', async () => {
    const listed = await list([page(['a'], 'c1'), refusal('invalid_cursor'), page(['a'], 'c9'), page(['b'])]);
    expect(listed).toMatchObject({ members: ['a', 'a', 'b'], calls: [null, 'c1', null, 'c9'] });
  });

  it('goes on at a cursor of before, and starts over where Slack does not know it any more', async () => {
    expect(await list([page(['b'])], 'c1')).toMatchObject({ members: ['b'], calls: ['c1'] });
    expect(await list([refusal('invalid_cursor'), page(['a'])], 'c1')).toMatchObject({ calls: ['c1', null] });
  });

  it('asks for fewer rows where Slack finds the page too large, or stumbles again and again', async () => {
    const tooLarge = await list([refusal('limit_required'), page(['a'], 'c1'), page(['b'])]);
    expect(tooLarge).toMatchObject({ members: ['a', 'b'], calls: [null, null, 'c1'], limits: [999, 200, 200] });
    const stumble = refusal('internal_error');
    expect((await list([stumble, stumble, stumble, page(['a'])])).limits).toEqual([999, 999, 200, 100]);
    await expect(list(Array.from({ length: 3 }, () => refusal('limit_required')))).rejects.toMatchObject({
      code: 'limit_required',
      retry: 'never',
    });
  });

  it('tries a stumble again, but not for ever', async () => {
    await expect(list([refusal('internal_error'), page(['a'])])).resolves.toMatchObject({ members: ['a'] });
    await expect(list(Array.from({ length: 9 }, () => refusal('internal_error')))).rejects.toMatchObject({
      code: 'internal_error',
      retry: 'later',
    });
  });

  it('gives up at once when Slack refuses for good', async () => {
    await expect(list([refusal('missing_scope')])).rejects.toMatchObject({
      code: 'missing_scope',
      retry: 'never',
    });
  });
});
