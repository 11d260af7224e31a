// The trace context of a record, as far as it matches the W3C grammar; everything derived from the record carries it.
// Guarantees: a `traceparent` of another grammar is dropped, and the `tracestate` with it; a `tracestate` has at
// most 512 characters, cut to whole list members, and is dropped where a member breaks the grammar. Never throws.
import { textOf, type HeaderValue } from '../records/record.ts';

export interface TraceHeaders {
  traceparent?: string;
  tracestate?: string;
}

const none: TraceHeaders = Object.freeze({});
const traceparentLength = 55;
const traceparentGrammar = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;

/** W3C Trace Context 3.3.1.5: what every implementation passes on; members longer than 128 characters go first. */
const longestState = 512;
const longestMember = 128;
const mostMembers = 32;
/** Characters of a longer tracestate that are read; at most 512 of them are kept. */
const lookedAt = 4_096;
const member =
  /^[a-z\d][a-z\d_\-*/]{0,240}(?:@[a-z][a-z\d_\-*/]{0,13})?=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

export function traceHeadersOf(traceparent: HeaderValue, tracestate: HeaderValue): TraceHeaders {
  if (traceparent === undefined) return none;
  const parent = shortText(traceparent, traceparentLength);
  if (parent === undefined || !traceparentGrammar.test(parent)) return none;
  const state = tracestate === undefined ? undefined : cutTracestate(start(tracestate));
  return state === undefined ? { traceparent: parent } : { traceparent: parent, tracestate: state };
}

/** Undefined: no member may be passed on. */
export function cutTracestate(text: string): string | undefined {
  const read = text.length > lookedAt ? text.slice(0, text.lastIndexOf(',', lookedAt) + 1) : text;
  const members = read
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  if (!members.every((one) => member.test(one))) return undefined;
  const kept: string[] = [];
  let length = -1;
  const fits = read.length === text.length && text.length <= longestState;
  for (const one of fits ? members : members.filter((each) => each.length <= longestMember)) {
    if (kept.length === mostMembers || length + 1 + one.length > longestState) break;
    kept.push(one);
    length += 1 + one.length;
  }
  return kept.length > 0 ? kept.join(',') : undefined;
}

/** The text of a header, unless it is longer than any valid one. */
function shortText(value: HeaderValue, longest: number): string | undefined {
  const last = Array.isArray(value) ? value.at(-1) : value;
  return last && last.length <= longest ? textOf(last) : undefined;
}

/** The beginning of a header's text, as far as it is read. */
function start(value: HeaderValue): string {
  const last = Array.isArray(value) ? value.at(-1) : value;
  return (Buffer.isBuffer(last) ? last.toString('latin1', 0, lookedAt + 1) : last) ?? '';
}
