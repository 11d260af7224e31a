// Whether the items of a list are all different, as JSON Schema compares them: the order of names does not matter.
// It takes time in proportion to the size of the items, which is charged to the budget.
import type { ValidationBudget } from './validation-budget.ts';

const charactersPerUnit = 4;

export function hasUniqueItems(items: readonly unknown[], budget: ValidationBudget): boolean {
  const seen = new Set<string>();
  for (const item of items) {
    const text = canonicalJson(item);
    budget.charge(1 + text.length / charactersPerUnit);
    if (seen.has(text)) return false;
    seen.add(text);
  }
  return true;
}

/** The same text for equal values. It recurses: the depth of the value has to be limited. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const fields = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonicalJson((value as Record<string, unknown>)[name])}`);
  return `{${fields.join(',')}}`;
}
