// Which CloudEvents sources a tenant's products may use. Guarantees: what is compared is normalised (dot segments
// resolved, percent-encoded dots too, scheme and host in lower case), so `/globex/../acme` is `/acme` and passes no
// list of globex. It does not prove who produced a record: that is the broker's ACLs.

/** @param allowed sources, or prefixes ending in `*`; absent = any */
export function coversSource(allowed: readonly string[] | undefined, source: string): boolean {
  if (allowed === undefined) return true;
  const asked = normalisedSource(source);
  return (
    asked !== undefined &&
    allowed.some((entry) =>
      entry.endsWith('*') ? startsWith(asked, entry.slice(0, -1)) : asked === normalisedSource(entry),
    )
  );
}

function startsWith(asked: string, prefix: string): boolean {
  const wanted = normalisedSource(prefix);
  return wanted !== undefined && asked.startsWith(wanted);
}

const base = 'carillon-source://source';

/** A product names few sources, each in every event. A producer of ever new ones empties the cache for all. */
const mostCached = 10_000;
const longestCached = 500;
const cached = new Map<string, string | undefined>();

function normalisedSource(source: string): string | undefined {
  if (cached.has(source)) return cached.get(source);
  const normalised = normalise(source);
  if (source.length <= longestCached) {
    if (cached.size >= mostCached) cached.clear();
    cached.set(source, normalised);
  }
  return normalised;
}

/** Undefined for what is no URI reference, or hides a path behind a backslash. */
function normalise(source: string): string | undefined {
  if (source.includes('\\') || /\s/u.test(source)) return undefined;
  if (!/^(\/|[a-z][a-z0-9+.-]*:)/i.test(source)) return /(^|\/)\.{1,2}(\/|$)/.test(source) ? undefined : source;
  try {
    const { href } = new URL(source.replace(/%2e/gi, '.'), base);
    return href.startsWith(base) ? href.slice(base.length).replace(/\/{2,}/g, '/') : href;
  } catch {
    return undefined;
  }
}
