// What a notification's body costs the process, however hostile it is: measured as processor time of the main thread,
// which does not depend on how busy the machine is. The longest times are bounds far above what is measured
// (docs/adr/0020).
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { messageBodyOf, renderMessage, type RenderedMessage } from '@carillon/slack';
import fc from 'fast-check';
import { renderEmail, type RenderedEmail } from '../email/render-email.ts';
import { bodies } from './bodies.ts';

jest.setTimeout(600_000);
afterAll(() => bodies.close());

const most = 40_000;
const mostMs = 150;

const slack = async (body: string): Promise<RenderedMessage> =>
  renderMessage({ title: 't', body }, {}, await bodies.render('slack', 'acme', messageBodyOf({ body })));
const email = async (body: string): Promise<RenderedEmail> =>
  renderEmail(
    { title: 't', body },
    { tenantName: 'Acme', typeTitle: 't' },
    await bodies.render('email', 'acme', { markdown: body }),
  );

/** Of this thread, in milliseconds. */
async function costOf(work: () => Promise<unknown>): Promise<number> {
  const begun = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(begun);
  return (user + system) / 1000;
}

const repeated = (unit: string, length = most): string => unit.repeat(Math.ceil(length / unit.length)).slice(0, length);

/** What took seconds once, and what would take much memory. */
const known: readonly string[] = [
  '*a_',
  '*a.',
  '- > a\nb\n',
  '!',
  'a.a.a@',
  '> ',
  '<!--',
  '[',
  '![](',
  '`a',
  '1. ',
  '|a',
  '&#64;',
  'https://a.b|',
  '<https://x|',
  '*_~',
  '- - ',
  '\n- a\n\n',
  '~_*',
];
const wideTable = `|${'a|'.repeat(1_000)}\n|${'-|'.repeat(1_000)}\n${'|\n'.repeat(18_000)}`;

describe('forty thousand characters cost the process little', () => {
  // So that what is measured is not the compilation of our own code.
  beforeAll(async () => {
    for (const body of [repeated('*a_'), repeated('[a](https://b.example) *c*\n')])
      await Promise.all([slack(body), email(body)]);
  });

  test.each([...known.map((unit) => [unit, repeated(unit)]), ['a wide table', wideTable]])('%j', async (_, body) => {
    expect(await costOf(() => slack(body))).toBeLessThan(mostMs);
    expect(await costOf(() => email(body))).toBeLessThan(mostMs);
  });
});

const mark = fc.constantFrom(
  ...'*_~`[]()!<>#-+|\\@.:& \n1a',
  '\n\n',
  '    ',
  '](',
  '![',
  '<!--',
  '-->',
  '&lt;',
  '**',
  '~~',
  '```',
  '\n> ',
  '\n- ',
  '\n1. ',
  '|-|\n',
  'https://',
  '<https://x|',
  'a@b.c',
  '<b>',
  '</b>',
  '[a](member:b)',
  '\u200b',
  '😀',
);
const unit = fc.array(mark, { minLength: 1, maxLength: 5 }).map((marks) => marks.join(''));
/** Repetitions, one after the other and around each other. */
const grammar = fc.oneof(
  unit.map((one) => repeated(one)),
  fc.tuple(unit, unit).map(([one, other]) => repeated(one, most / 2) + repeated(other, most / 2)),
  fc
    .tuple(unit, unit, fc.nat(2_000))
    .map(([one, other, times]) => (one.repeat(times) + other.repeat(times)).slice(0, most)),
  fc.array(unit, { minLength: 200, maxLength: 400 }).map((all) => repeated(all.join(''))),
);

test('any grammar of marks, of any length up to forty thousand, costs the process little', async () => {
  await fc.assert(
    fc.asyncProperty(grammar, fc.integer({ min: 1, max: most }), async (whole, length) => {
      const body = whole.slice(0, length);
      expect(await costOf(() => slack(body))).toBeLessThan(mostMs);
      expect(await costOf(() => email(body))).toBeLessThan(mostMs);
    }),
    { numRuns: 25 },
  );
});

test('twice the characters cost about twice as much', async () => {
  for (const one of ['*a_', '> ', 'a.a.a@', '&#64;']) {
    const ratios: number[] = [];
    // The median of three: two of them on the same side decide it.
    for (let round = 0; round < 3 && ratios.filter((ratio) => ratio < 5).length < 2; round += 1) {
      // The suffix keeps each of them from being kept from the round before.
      const [half, whole] = [most / 2, most].map((length) => `${repeated(one, length - 8)} ${round}`);
      const small = (await costOf(() => email(half!))) + 1;
      ratios.push(((await costOf(() => email(whole!))) + 1) / small);
    }
    expect(ratios.filter((ratio) => ratio < 5)).toHaveLength(2);
  }
});

test('a small and usual message is drawn at once, and formatted', async () => {
  const body = 'The **report** of [May](https://app.example/r/5) is ready.\n\n- Sales: up\n- Costs: down';
  expect((await email(body)).html).toContain('<strong>report</strong>');
  expect(JSON.stringify((await slack(body)).blocks)).toContain('*report*');
});

test('an honest long report is formatted too', async () => {
  const body =
    '## Sales\n\nThe **report** of [May](https://app.example/r/5) is ready. Sales are *up*, costs are down.\n\n- one\n- two\n\n'.repeat(
      100,
    );
  expect((await email(body)).html).toContain('<strong>report</strong>');
  expect(JSON.stringify((await slack(body)).blocks)).toContain('*report*');
});

test('a body that is too expensive is told as it was written, in both channels', async () => {
  const body = `${repeated('*a_', most - 10)} the end`;
  expect((await email(body)).text).toContain('the end');
  expect((await slack(body)).text).toMatch(/^t\n\*/);
});
