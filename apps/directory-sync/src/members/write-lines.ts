// Writes the members of a body of lines, some hundreds at a time, and answers each line. Guarantees: an answer says ok
// after Kafka has stored the record; the answers are in the order of the lines; lines that could not be stored say so,
// and the others stay.
import type { FieldError } from '@carillon/domain';
import { createLogger } from '@carillon/telemetry';
import type { GivenMember } from './member-writes.ts';
import type { MemberLine } from './member-lines.ts';

export type LineAnswer = { line: number; memberId?: string } & (
  | { ok: true; version: number }
  | { ok: false; errors: FieldError[] }
);

const linesPerWrite = 500;
const log = createLogger('members');

/**
 * @param write as MemberWrites.write
 * @throws what the first write throws: nothing is stored then
 */
export async function* writeLines(
  lines: readonly MemberLine[],
  write: (members: readonly GivenMember[]) => Promise<number[]>,
): AsyncGenerator<LineAnswer[], void, undefined> {
  let stored = false;
  for (let from = 0; from < lines.length; from += linesPerWrite) {
    const some = lines.slice(from, from + linesPerWrite);
    const members = some.flatMap((one) => ('member' in one ? [one.member] : []));
    let versions: number[] | undefined = [];
    try {
      if (members.length > 0) versions = await write(members);
      stored ||= members.length > 0;
    } catch (error) {
      if (!stored) throw error;
      log.warn({ err: error, lines: members.length }, 'some lines of a batch of members could not be stored');
      versions = undefined;
    }
    const versionOf = new Map(members.map(({ memberId }, at) => [memberId, versions?.[at]]));
    yield some.map((one) => answerOf(one, versionOf));
  }
}

function answerOf(one: MemberLine, versionOf: ReadonlyMap<string, number | undefined>): LineAnswer {
  const { line } = one;
  if ('errors' in one) return { line, ok: false, errors: one.errors };
  const { memberId } = one.member;
  const version = versionOf.get(memberId);
  if (version !== undefined) return { line, memberId, ok: true, version };
  return { line, memberId, ok: false, errors: [{ path: '', message: 'could not be stored; send this line again' }] };
}
