// What a new version of a type's data schema takes from producers, templates and workflows. Guarantee: without a
// breaking change, each event that was valid is still valid, and each declared field is still declared. A change that
// cannot be judged counts as breaking; a change of words (`title`, `description`) never does.
import { Inclusion } from './included.ts';
import type { Schema } from './keywords.ts';

const mostReported = 100;

/**
 * One sentence for each change, which names the field: `data.owner.name: was removed`.
 * @param before and `after`: schemas that compileDataSchema accepts
 */
export function breakingChanges(before: Schema, after: Schema): string[] {
  const reasons = new Inclusion(before, after).reasons(before, after, 'data');
  return [...new Set(reasons)].slice(0, mostReported);
}
