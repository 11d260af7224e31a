// Schemas as texts that are equal where the schemas mean the same: without annotations, in the order of names.
import { canonicalJson } from './unique-items.ts';
import {
  annotations,
  definitionOf,
  isObject,
  keywords,
  referenceOf,
  subschemasOf,
  type JsonObject,
  type Schema,
} from './keywords.ts';

const bareTexts = new WeakMap<object, string>();

/** Without annotations; the same for schemas that differ in the order of their keywords only. */
export function bareJson(schema: Schema): string {
  if (!isObject(schema)) return JSON.stringify(schema);
  const known = bareTexts.get(schema);
  if (known !== undefined) return known;
  const parts = Object.keys(schema)
    .filter((keyword) => !annotations.has(keyword) && keyword !== '$defs')
    .sort()
    .map((keyword) => `${JSON.stringify(keyword)}:${bareValue(schema, keyword)}`);
  const text = `{${parts.join(',')}}`;
  bareTexts.set(schema, text);
  return text;
}

function bareValue(schema: JsonObject, keyword: string): string {
  const kind = keywords.get(keyword);
  const value = schema[keyword];
  if (kind === 'schema') return bareJson(value as Schema);
  if (kind === 'schemas') return `[${(value as Schema[]).map(bareJson).join(',')}]`;
  if (kind === 'schemasByName' || kind === 'schemasByPattern')
    return `{${Object.keys(value as object)
      .sort()
      .map((name) => `${JSON.stringify(name)}:${bareJson((value as Record<string, Schema>)[name] as Schema)}`)
      .join(',')}}`;
  return canonicalJson(value);
}

/** The definitions that a schema refers to itself. */
export function references(schema: Schema): Set<string> {
  const found = new Set<string>();
  const add = (each: Schema): void => {
    const name = referenceOf(each);
    if (name !== undefined) found.add(name);
    if (!isObject(each)) return;
    for (const keyword of Object.keys(each))
      if (keyword !== '$defs') for (const [, below] of subschemasOf(each, keyword)) add(below);
  };
  add(schema);
  return found;
}

/** Those that differ, and those that refer to one that does. */
export function changedDefinitions(before: Schema, after: Schema): Set<string> {
  const names = [before, after].flatMap((root) =>
    isObject(root) ? Object.keys((root['$defs'] ?? {}) as JsonObject) : [],
  );
  const textOf = (root: Schema, name: string): string | undefined => {
    const definition = definitionOf(root, name);
    return definition === undefined ? undefined : bareJson(definition);
  };
  const changed = new Set(names.filter((name) => textOf(before, name) !== textOf(after, name)));
  const referring = new Map(names.map((name) => [name, references(definitionOf(after, name) ?? true)]));
  for (let grew = changed.size > 0; grew; ) {
    grew = false;
    for (const [name, others] of referring) {
      if (changed.has(name) || ![...others].some((other) => changed.has(other))) continue;
      changed.add(name);
      grew = true;
    }
  }
  return changed;
}
