// Reads members from a body of lines: NDJSON, one object a line, or CSV with a header row. Guarantees: a line that
// is not valid names its field, and does not refuse the others; a member who stands on two lines is taken from the
// first. Other requests go on while a large body is read. In CSV the roles are separated by spaces, `active` is
// true or false, and an empty field is as if it were not given.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { fieldErrors, storableText, externalId, type FieldError } from '@carillon/domain';
import { Problem, problemOfFields, unstorableField } from '@carillon/runtime';
import { parse, type CsvError, type Info } from 'csv-parse';
import { z } from 'zod';
import { member } from './member-writes.ts';

export const lineTypes = ['application/x-ndjson', 'text/csv'] as const;
export type LineType = (typeof lineTypes)[number];

export const mostLines = 10_000;
/** Some milliseconds of work, after which other requests go on. */
const linesAtOnce = 200;
const bytesAtOnce = 16 * 1024;

const namedMember = member.extend({ memberId: externalId });
export type NamedMember = z.output<typeof namedMember>;

/** `line` is counted from 1, with the header row of CSV. */
export type MemberLine = { line: number } & ({ member: NamedMember } | { errors: FieldError[] });

interface RawLine {
  line: number;
  value?: unknown;
  json?: string;
  fault?: string;
}

export async function memberLines(bytes: Buffer, type: LineType): Promise<MemberLine[]> {
  const raw = type === 'text/csv' ? await csvLines(bytes) : jsonLines(bytes);
  if (raw.length > mostLines)
    throw new Problem(413, 'Content Too Large', `the body has ${raw.length} lines; at most ${mostLines} are taken`);
  const first = new Map<string, number>();
  const lines: MemberLine[] = [];
  for (const given of raw) {
    if (lines.length % linesAtOnce === 0) await setImmediate();
    const checked = checkLine(given);
    const before = 'member' in checked ? first.get(checked.member.memberId) : undefined;
    if ('member' in checked && before === undefined) first.set(checked.member.memberId, checked.line);
    const repeated = {
      line: checked.line,
      errors: [{ path: 'memberId', message: `stands on line ${before} already` }],
    };
    lines.push(before === undefined ? checked : repeated);
  }
  return lines;
}

function checkLine({ line, json, value = parsed(json), fault }: RawLine): MemberLine {
  const isJson = json === undefined || value !== undefined;
  if (fault !== undefined || !isJson) return { line, errors: [{ path: '', message: fault ?? 'is not JSON' }] };
  const unstorable = unstorableField(value);
  if (unstorable) return { line, errors: [unstorable] };
  const read = namedMember.safeParse(value);
  return read.success ? { line, member: read.data } : { line, errors: fieldErrors(read.error.issues, value) };
}

/** Undefined where it is not JSON. */
function parsed(json: string | undefined): unknown {
  try {
    return json === undefined ? undefined : (JSON.parse(json) as unknown);
  } catch {
    return undefined;
  }
}

/** Each line is parsed when it is checked. */
function jsonLines(bytes: Buffer): RawLine[] {
  const lines = bytes.toString('utf8').split('\n');
  return lines.flatMap((json, at): RawLine[] => (json.trim() === '' ? [] : [{ line: at + 1, json }]));
}

const columns = Object.keys(namedMember.shape);
const required = ['memberId', 'email', 'name'];

async function csvLines(bytes: Buffer): Promise<RawLine[]> {
  const lines: RawLine[] = [];
  let header: string[] | undefined;
  const parser = parse({
    ...{ bom: true, trim: true, info: true, skip_empty_lines: true, skip_records_with_error: true },
    columns: (names: string[]) => (header = checkHeader(names)),
    on_skip: (error: CsvError | undefined): undefined => {
      lines.push({ line: Number(error?.['lines'] ?? 0), fault: error?.message ?? 'is not CSV' });
    },
  });
  await pipeline(Readable.from(piecesOf(bytes)), parser, async (rows: AsyncIterable<CsvRow>) => {
    for await (const { record, info } of rows) lines.push({ line: info.lines, value: memberOf(record) });
  });
  if (!header) checkHeader([]);
  return lines.sort((a, b) => a.line - b.line);
}

interface CsvRow {
  record: Record<string, string>;
  info: Info;
}

async function* piecesOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes.length; from += bytesAtOnce) {
    await setImmediate();
    yield bytes.subarray(from, from + bytesAtOnce);
  }
}

function checkHeader(names: readonly string[]): string[] {
  const errors = [
    ...names
      .filter((name) => !columns.includes(name))
      .map((name) => ({ path: storable(name), message: `is no column; there are ${columns.join(', ')}` })),
    ...names.filter((name, at) => names.indexOf(name) < at).map((name) => ({ path: name, message: 'stands twice' })),
    ...required
      .filter((name) => !names.includes(name))
      .map((path) => ({ path, message: 'is missing in the header row' })),
  ];
  if (errors.length > 0) throw problemOfFields(errors);
  return [...names];
}

const storable = (name: string): string => storableText.safeParse(name).data?.slice(0, 100) ?? '';

function memberOf(record: Record<string, string>): Record<string, unknown> {
  const given = Object.entries(record).filter(([, text]) => text !== '');
  return Object.fromEntries<unknown>(
    given.map(([name, text]): [string, unknown] => {
      if (name === 'roles') return [name, text.split(/\s+/)];
      if (name === 'active') return [name, text === 'true' ? true : text === 'false' ? false : text];
      return [name, text];
    }),
  );
}
