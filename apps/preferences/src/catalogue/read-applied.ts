// Reads a whole catalogue that a caller declares: checks each type as if it came alone. Guarantees: every error of
// every type is returned, with the type's name before the field; the checks of one caller do not hold the process.
import { setImmediate } from 'node:timers/promises';
import { category, fieldErrors, isPlatformType, notificationType } from '@carillon/domain';
import type { CatalogueFile, FieldError } from '@carillon/domain';
import type { z } from 'zod';
import { checkType } from './check-type.ts';

export async function readApplied(body: {
  types: readonly unknown[];
  categories: readonly unknown[];
}): Promise<CatalogueFile & { errors: FieldError[] }> {
  const errors: FieldError[] = [];
  const types = readEach(body.types, 'types', notificationType, errors);
  const categories = readEach(body.categories, 'categories', category, errors);
  for (const type of types) {
    // Schemas and templates take milliseconds each.
    await setImmediate();
    const found = checkType(type);
    if (isPlatformType(type.name)) found.push({ path: 'name', message: "is a type of Carillon's own" });
    errors.push(...found.map(({ path, message }) => ({ path: `${type.name}.${path}`, message })));
  }
  return { types, categories, errors };
}

/** Those that are right; what is wrong with the others is added to `errors`. */
function readEach<S extends z.ZodType<{ name: string }>>(
  items: readonly unknown[],
  list: string,
  schema: S,
  errors: FieldError[],
): z.output<S>[] {
  const names = new Set<string>();
  return items.flatMap((item, at) => {
    const read = schema.safeParse(item);
    const { name } = (item ?? {}) as { name?: unknown };
    const place = typeof name === 'string' && name !== '' ? name.slice(0, 200) : `${list}[${at}]`;
    if (!read.success) {
      for (const { path, message } of fieldErrors(read.error.issues, item))
        errors.push({ path: path ? `${place}.${path}` : place, message });
      return [];
    }
    if (names.has(read.data.name)) errors.push({ path: `${list}[${at}].name`, message: `${place} is declared twice` });
    names.add(read.data.name);
    return [read.data];
  });
}
