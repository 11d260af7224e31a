// The headers of a producer, prepared for a copy of the record. Guarantees: every name is kept, `__proto__` and the
// empty one too; the cost is linear in the number of headers; a header that does not fit is left out whole and counted,
// never cut; CloudEvents attributes and the trace context are chosen first.
import type { HeaderValue, WireRecord } from '../records/record.ts';

type Value = WireRecord['headers'][string];
export type HeaderEntry = [name: string, value: Value];

/**
 * `nameOf` returns the name in the copy; undefined leaves the header out. kafkajs can't write a header without a value,
 * which other clients may send: such a header becomes empty, and `nulls` names it.
 */
export function headerEntries(
  raw: Readonly<Record<string, HeaderValue>>,
  nameOf: (name: string) => string | undefined,
): { entries: HeaderEntry[]; nulls: string[] } {
  const entries: HeaderEntry[] = [];
  const nulls: string[] = [];
  for (const [given, value] of Object.entries(raw)) {
    const name = nameOf(given);
    if (name === undefined) continue;
    if (value === undefined || value === null) {
      nulls.push(name);
      entries.push([name, Buffer.alloc(0)]);
    } else if (Array.isArray(value))
      entries.push([name, value.map((one: Buffer | string | null) => one ?? Buffer.alloc(0))]);
    else entries.push([name, value]);
  }
  return { entries, nulls };
}

/** Defines properties, so that `__proto__` is a name like any other. */
export const headersOf = (entries: readonly HeaderEntry[]): WireRecord['headers'] => Object.fromEntries(entries);

export interface FittingHeaders {
  entries: HeaderEntry[];
  /** Headers of the original; a name that occurs twice counts twice. */
  total: number;
  totalBytes: number;
  omitted: number;
}

/** The most headers of a truncated letter; an operator reads no more. */
const mostHeaders = 1_000;

export function fittingHeaders(entries: readonly HeaderEntry[], budget: number): FittingHeaders {
  const chosen = new Set<HeaderEntry>();
  let [total, totalBytes, kept, keptBytes] = [0, 0, 0, 0];
  for (const first of [true, false]) {
    for (const entry of entries) {
      if (wellKnown.test(entry[0]) !== first) continue;
      const { count, bytes } = sizeOf(entry);
      total += count;
      totalBytes += bytes;
      if (kept + count > mostHeaders || keptBytes + bytes > budget) continue;
      chosen.add(entry);
      kept += count;
      keptBytes += bytes;
    }
  }
  return { entries: entries.filter((entry) => chosen.has(entry)), total, totalBytes, omitted: total - kept };
}

const wellKnown = /^(?:ce_[a-z]{1,20}|content-type|traceparent|tracestate)$/;

/** As `bytesOf` counts: name, value and their lengths. */
function sizeOf([name, value]: HeaderEntry): { count: number; bytes: number } {
  const each = 8 + Buffer.byteLength(name);
  const values = Array.isArray(value) ? value : [value];
  let bytes = 0;
  for (const one of values) bytes += each + Buffer.byteLength(one);
  return { count: values.length, bytes };
}
