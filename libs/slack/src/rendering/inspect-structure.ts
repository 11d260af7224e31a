// Checks blocks that a producer wrote before any recursive code reads them: whether they are nested too deeply, and
// which of their ids are reserved for us. Guarantees: it is iterative, so that no depth exhausts the stack; it reads
// every value once and stops at the first one that is too deep.

/** The ids of our own blocks and actions begin with it. */
export const reservedPrefix = 'carillon:';

/** Slack's own blocks have about twelve levels. Without a limit, deep JSON exhausts the stack of recursive code. */
const deepest = 50;
const mostReserved = 100;

export interface Structure {
  tooDeep: boolean;
  /** Paths of ids that begin with our prefix, without the name of the outermost value. */
  reserved: string[];
}

interface Place {
  value: object;
  path: string;
  depth: number;
}

export function inspectStructure(blocks: readonly unknown[]): Structure {
  const reserved: string[] = [];
  const open: Place[] = [{ value: blocks, path: '', depth: 1 }];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const { value, path, depth } = place;
    if (depth > deepest) return { tooDeep: true, reserved };
    const inside: Place[] = [];
    for (const [name, field] of Object.entries(value) as [string, unknown][]) {
      if (typeof field === 'object' && field !== null)
        inside.push({ value: field, path: at(path, name), depth: depth + 1 });
      else if ((name === 'action_id' || name === 'block_id') && isReservedId(field) && reserved.length < mostReserved)
        reserved.push(at(path, name));
    }
    // One by one, because a call with very many arguments exhausts the stack too. From the end, so that the first is
    // read first.
    for (let index = inside.length - 1; index >= 0; index -= 1) open.push(inside[index]!);
  }
  return { tooDeep: false, reserved };
}

/** Upper and lower case are equal, so that `Carillon:` is not confused with our prefix. */
export const isReservedId = (id: unknown): boolean =>
  typeof id === 'string' && id.trimStart().slice(0, reservedPrefix.length).toLowerCase() === reservedPrefix;

const at = (path: string, name: string): string => (path === '' ? name : `${path}.${name.slice(0, 100)}`);
