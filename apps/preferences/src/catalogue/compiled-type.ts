// What a notification type declares in words of its own, compiled: the schema of its data and its template. Guarantees:
// a type that was checked compiles; each is compiled once.
import type { FieldError, NotificationType } from '@carillon/domain';
import { compileDataSchema } from '../data-schemas/compile-data-schema.ts';
import { compileTemplate, type CompiledTemplate } from '../templates/compile-template.ts';

export interface CompiledType {
  /** What is wrong with the data of an event; absent data counts as an empty object. */
  validateData: (data: unknown) => FieldError[];
  template?: CompiledTemplate;
}

const anyData = (): FieldError[] => [];

/** The errors have paths in the type: `schema.properties.a`, `template.title.de`. */
export function compileType({ schema, template }: NotificationType): CompiledType | { errors: FieldError[] } {
  const data = schema === undefined ? undefined : compileDataSchema(schema);
  if (data && 'errors' in data) return { errors: data.errors };
  const compiled = template === undefined ? undefined : compileTemplate(template, schema);
  if (compiled && 'errors' in compiled) return { errors: compiled.errors };
  return {
    validateData: data ? (given) => data.validate(given) : anyData,
    ...(compiled && { template: compiled }),
  };
}
