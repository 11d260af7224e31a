// Cells: each has a delivery database, delivery processes and topics of its own, and each tenant belongs to one
// (docs/adr/0044). Guarantees: cell `0` has the plain names, so a platform without cells is cell `0` and nothing else;
// equal arguments give the same topic object. It does not know which tenant belongs to which cell: see Tenants.
import { z } from 'zod';
import type { Topic } from './topic.ts';

/** Part of the names of topics and consumer groups. */
export const cellId = z.string().regex(/^[a-z0-9]{1,20}$/, 'must be 1 to 20 lower-case letters and digits');

/** The cell of whatever names none. */
export const defaultCell = '0';

/** What follows the name of a topic or of a consumer group that a cell has for itself. */
export const cellSuffix = (cell: string): string => (cell === defaultCell ? '' : `.cell-${cell}`);

const named = new Map<string, Topic>();

/** The topic of this cell; a topic that all cells share is returned as it is. */
export function inCell<T extends Topic>(topic: T, cell: string): T {
  if (!topic.perCell || cell === defaultCell) return topic;
  const name = `${topic.name}${cellSuffix(cell)}`;
  const known = named.get(name) ?? Object.freeze({ ...(topic as Topic), name });
  named.set(name, known);
  return known as T;
}
