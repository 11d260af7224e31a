// A first look at blocks that a producer wrote, before anything else walks them: how deep they are, and which ids in
// them are kept for our own. Guarantees: iterative, so that no depth ends the stack; it looks at every value once and
// stops at the first that is too deep.

/** Ids of blocks and actions that we make ourselves begin with it. */
export const ourPrefix = 'carillon:';

/** Slack's deepest blocks take some twelve; JSON of any depth would end the stack of whoever walks or writes it. */
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
      else if ((name === 'action_id' || name === 'block_id') && isOurs(field) && reserved.length < mostReserved)
        reserved.push(at(path, name));
    }
    // One by one: a spread of very many arguments ends the stack too. From the end, so that the first is taken first.
    for (let index = inside.length - 1; index >= 0; index -= 1) open.push(inside[index]!);
  }
  return { tooDeep: false, reserved };
}

/** Whatever the case: nobody must have to tell `Carillon:` from ours. */
export const isOurs = (id: unknown): boolean =>
  typeof id === 'string' && id.trimStart().slice(0, ourPrefix.length).toLowerCase() === ourPrefix;

const at = (path: string, name: string): string => (path === '' ? name : `${path}.${name.slice(0, 100)}`);
