// Which tenant a record says it is of, without parsing it. Guarantees: one search in the value and one look-up, since
// it runs for every request of the platform. It may be wrong for a record that names several tenants; that decides only
// whether the record waits, never what it may do: whoever handles it reads it whole.
const name = '"tenantId"';
const quote = 0x22;
const backslash = 0x5c;
/** The longest id, when each of its characters takes four bytes. */
const longest = 800;

/** Undefined: nothing that reads like a tenant, or none of these. */
export function tenantOfRecord(value: Buffer | null, isDeclared: (tenantId: string) => boolean): string | undefined {
  if (value === null) return undefined;
  const at = value.indexOf(name, 0, 'latin1');
  if (at < 0) return undefined;
  let from = at + name.length;
  while (isBlank(value[from]) || value[from] === 0x3a) from++;
  if (value[from] !== quote) return undefined;
  from++;
  for (let end = from; end < value.length && end - from <= longest; end++) {
    if (value[end] === backslash) return undefined;
    if (value[end] !== quote) continue;
    const tenantId = value.toString('utf8', from, end);
    return isDeclared(tenantId) ? tenantId : undefined;
  }
  return undefined;
}

const isBlank = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
