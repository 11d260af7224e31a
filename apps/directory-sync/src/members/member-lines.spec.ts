import { describe, expect, it } from '@jest/globals';
import { Problem } from '@carillon/runtime';
import fc from 'fast-check';
import { memberLines, mostLines, type LineType, type MemberLine } from './member-lines.ts';

const read = (text: string, type: LineType = 'application/x-ndjson'): Promise<MemberLine[]> =>
  memberLines(Buffer.from(text), type);
const csv = (...lines: string[]): Promise<MemberLine[]> => read(lines.join('\n'), 'text/csv');
const ada = { memberId: 'ada', email: 'ada@acme.test', name: 'Ada' };
const pathsOf = (line: MemberLine | undefined) => (line && 'errors' in line ? line.errors.map(({ path }) => path) : []);
const problemOf = (reading: Promise<unknown>): Promise<unknown> =>
  reading.then(
    () => undefined,
    (error: unknown) =>
      error instanceof Problem ? { status: error.status, detail: error.message, errors: error.errors } : error,
  );

describe('NDJSON', () => {
  it('takes the lines that are valid, and says of the others which field is wrong', async () => {
    const lines = await read(
      [
        JSON.stringify(ada),
        '{"memberId": "ben", "email": "ben@acme", "name": "Ben"}',
        '{"memberId": ',
        '',
        '{"memberId": "cy", "email": "cy@acme.test", "name": "nul \\u0000"}',
        '[]',
        '{"memberId": "dan", "email": "dan@acme.test", "name": "Dan", "active": false}',
        JSON.stringify(ada),
      ].join('\n'),
    );
    expect(lines[0]).toEqual({ line: 1, member: { ...ada, active: true } });
    expect(lines[5]).toMatchObject({ line: 7, member: { memberId: 'dan', active: false } });
    expect(lines.map((line) => [line.line, ...pathsOf(line)])).toEqual([
      ...[[1], [2, 'email'], [3, ''], [5, 'name'], [6, ''], [7], [8, 'memberId']],
    ]);
    expect(lines[6]).toMatchObject({ errors: [{ message: 'stands on line 1 already' }] });
  });

  it('takes 10,000 lines and not one more', async () => {
    const lines = (count: number): string => Array.from({ length: count }, () => '{}').join('\n');
    expect(await read(lines(mostLines))).toHaveLength(mostLines);
    expect(await problemOf(read(lines(mostLines + 1)))).toMatchObject({
      ...{ status: 413, detail: expect.stringContaining('10000') },
    });
  });
});

describe('CSV', () => {
  it('reads a table as the same members as NDJSON', async () => {
    const text = fc.stringMatching(/^[a-zA-Z ",\n;äöü]{1,20}$/).map((s) => s.trim() || 'x');
    const members = fc.uniqueArray(
      fc.record({
        memberId: fc.stringMatching(/^[a-z0-9]{1,9}$/),
        email: fc.constant('ada@acme.test'),
        name: text,
        roles: fc.option(fc.uniqueArray(fc.stringMatching(/^[a-z]{1,5}$/), { minLength: 1, maxLength: 3 }), {
          nil: undefined,
        }),
        active: fc.boolean(),
      }),
      { selector: ({ memberId }) => memberId, maxLength: 5 },
    );
    const cell = (value: unknown): string => `"${String(value).replaceAll('"', '""')}"`;
    await fc.assert(
      fc.asyncProperty(members, async (given) => {
        const rows = given.map((one) =>
          [one.memberId, one.email, one.name, one.roles?.join(' ') ?? '', one.active].map(cell).join(','),
        );
        const fromCsv = await csv('memberId,email,name,roles,active', ...rows);
        const fromJson = await read(given.map((one) => JSON.stringify(one)).join('\n'));
        const memberOf = (line: MemberLine) => ('member' in line ? line.member : line.errors);
        expect(fromCsv.map(memberOf)).toEqual(fromJson.map(memberOf));
      }),
    );
  });

  it('answers by the lines of the file, also those that are no rows', async () => {
    const lines = await csv(
      '\uFEFFmemberId,email,name,active',
      'ada,ada@acme.test,Ada,',
      'ben,ben@acme.test',
      'cy,cy@acme.test,Cy,perhaps',
      '',
      'dan,dan,Dan,true',
    );
    expect(lines.map((line) => [line.line, ...pathsOf(line)])).toEqual([[2], [3, ''], [4, 'active'], [6, 'email']]);
  });

  it.each([
    ['memberId,mail,name', ['mail', 'email']],
    ['memberId,email,name,name', ['name']],
    ['', ['memberId', 'email', 'name']],
  ])('is refused as a whole with the header row %j', async (header, paths) => {
    const problem = await problemOf(csv(header, ...(header === '' ? [] : ['ada,ada@acme.test,Ada'])));
    expect(problem).toMatchObject({ status: 400, errors: paths.map((path) => ({ path })) });
  });
});
