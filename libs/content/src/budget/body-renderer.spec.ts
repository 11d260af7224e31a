// When a body goes to a thread, what is kept, and what stands in for a body that is too expensive.
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { BodyRenderer, type BodyRendererOptions } from './body-renderer.ts';
import { isCheapToParse } from './parsing-cost.ts';

jest.setTimeout(120_000);

interface Input {
  markdown: string;
  people?: string;
}
const drawn: Input[] = [];
const drawing = {
  draw(input: Input): object {
    drawn.push(input);
    return { here: input.markdown.length };
  },
  plain: ({ markdown }: Input): object => ({ plain: markdown.length }),
};
const plain: unknown[] = [];
let renderer: BodyRenderer<Record<'echo' | 'spin', typeof drawing>> | undefined;
const started = (options: Partial<BodyRendererOptions> = {}): NonNullable<typeof renderer> =>
  (renderer = new BodyRenderer(
    { echo: drawing, spin: drawing },
    {
      script: new URL('../testing/budget-worker.ts', import.meta.url),
      onPlain: ({ cause: _, ...report }) => plain.push(report),
      ...options,
    },
  ));

afterEach(async () => {
  drawn.length = plain.length = 0;
  await renderer?.close();
});

const usual = 'The **report** of [May](https://app.example/r/5) is ready.';
const expensive = '*a_'.repeat(13_333);

describe('a body', () => {
  test('that is cheap is drawn at once, without a thread, and once for all who get it', async () => {
    const bodies = started({ script: new URL('./no-such-worker.ts', import.meta.url) });
    for (let n = 0; n < 1000; n += 1)
      expect(await bodies.render('echo', 'acme', { markdown: usual })).toEqual({ here: usual.length });
    expect(drawn).toHaveLength(1);
    await bodies.render('echo', 'acme', { markdown: usual, people: 'of another workspace' });
    await bodies.render('spin', 'acme', { markdown: usual });
    expect(drawn).toHaveLength(3);
  });

  test('that may be expensive is drawn in a thread, once for all who ask at the same time or later', async () => {
    const bodies = started();
    const ask = (): Promise<object> => bodies.render('echo', 'acme', { markdown: expensive });
    const all = await Promise.all([ask(), ask(), ask()]);
    expect(all[0]).toEqual({ echo: { markdown: expensive } });
    for (const each of [...all, await ask()]) expect(each).toBe(all[0]);
    expect(drawn).toEqual([]);
  });

  test('that takes longer than the budget is plain text, told once, for all who get it', async () => {
    const bodies = started({ budgetMs: 100 });
    const ask = (): Promise<object> => bodies.render('spin', 'acme', { markdown: expensive });
    expect(await Promise.all([ask(), ask()])).toEqual([{ plain: expensive.length }, { plain: expensive.length }]);
    expect(await ask()).toEqual({ plain: expensive.length });
    expect(plain).toEqual([{ kind: 'spin', tenantId: 'acme', reason: 'expired' }]);
  });

  test('is not kept where all that is kept would take more than its bytes', async () => {
    const bodies = started({ cacheBytes: 2_000 });
    for (let round = 0; round < 2; round += 1)
      for (let n = 0; n < 100; n += 1) await bodies.render('echo', 'acme', { markdown: `${usual} ${n}` });
    expect(drawn).toHaveLength(200);
  });
});

test.each([
  ['an ordinary message', usual.repeat(5), true],
  ['a paragraph of prose', 'Words of a sentence, one after the other. '.repeat(20), true],
  ['a long report', 'Words of a sentence, one after the other. '.repeat(100), false],
  ['few characters, all of them marks', '*_'.repeat(200), false],
  ['one very long word', 'a'.repeat(40_000), false],
  ['nothing', '', true],
])('%s is cheap for sure: %#', (_, markdown, cheap) => {
  expect(isCheapToParse(markdown)).toBe(cheap);
});
