// The reference of an app's configuration: a Markdown table from its schema. Guarantees: every key is listed, with its
// type, default and description; the default of a secret is never shown; a key without a description is an error.
import { z } from 'zod';
import { isSecret } from '../config/secret.ts';
import { markdownTable } from './markdown-table.ts';

interface KeyMeta {
  description?: string | undefined;
  /** What an operator writes there, where the schema does not say it. */
  valueType?: string;
  /** In place of a default that depends on the machine. */
  shownDefault?: string;
}

/** @throws Error that names the keys without a description */
export function configurationTable(schema: z.ZodObject): string {
  const keys = Object.entries<z.ZodType>(schema.shape).sort(([a], [b]) => a.localeCompare(b));
  const undescribed = keys.filter(([, key]) => metaOf(key).description === undefined).map(([name]) => name);
  if (undescribed.length > 0) throw new Error(`no description: ${undescribed.join(', ')}; add .describe('…')`);
  const rows = keys.map(([name, key]) => [
    `\`${name}\``,
    valueTypeOf(key),
    defaultOf(key),
    isSecret(key) ? 'yes' : '',
    metaOf(key).description!,
  ]);
  return markdownTable(['Key', 'Type', 'Default', 'Secret', 'Description'], rows);
}

/** A schema and the ones that it wraps, outermost first. */
function layersOf(schema: unknown): z.ZodType[] {
  if (!(schema instanceof z.ZodType)) return [];
  const { innerType, in: input } = schema.def as { innerType?: unknown; in?: unknown };
  return [schema, ...layersOf(innerType), ...layersOf(input)];
}

const metaOf = (schema: z.ZodType): KeyMeta =>
  layersOf(schema).reduceRight<KeyMeta>((meta, layer) => ({ ...meta, ...layer.meta() }), {});

function valueTypeOf(schema: z.ZodType): string {
  const { valueType } = metaOf(schema);
  if (valueType !== undefined) return valueType;
  for (const layer of layersOf(schema)) {
    if (layer instanceof z.ZodEnum) return layer.options.map((option) => `\`${option}\``).join(', ');
    if (layer instanceof z.ZodURL) return 'URL';
    if (layer instanceof z.ZodNumber) return layer.format === 'safeint' ? 'whole number' : 'number';
  }
  return 'text';
}

function defaultOf(schema: z.ZodType): string {
  const { shownDefault } = metaOf(schema);
  if (shownDefault !== undefined) return shownDefault;
  const layers = layersOf(schema);
  const byDefault = layers.find((layer) => layer instanceof z.ZodDefault);
  if (byDefault) {
    const value = String(byDefault.def.defaultValue);
    return isSecret(schema) ? '***' : value === '' ? 'empty' : `\`${value}\``;
  }
  return layers.some((layer) => layer instanceof z.ZodOptional) ? 'none' : '**required**';
}
