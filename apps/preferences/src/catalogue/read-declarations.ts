// Reads what operators declare in YAML files. Promise: a wrong file stops the start with every wrong field named.
import { readFileSync } from 'node:fs';
import { catalogueFile, fieldErrors, tenantsFile, type NotificationType, type Tenant } from '@carillon/domain';
import { parse } from 'yaml';
import type { z } from 'zod';

export class DeclarationError extends Error {
  readonly code = 'bad_declaration';
  readonly retry = 'never';

  constructor(file: string, problems: string[], cause?: unknown) {
    super(`${file}: ${problems.join('; ')}`, { cause });
    this.name = 'DeclarationError';
  }
}

export function readTypes(file: string): NotificationType[] {
  const { types } = read(file, catalogueFile);
  const problems = repeated(types.map((type) => type.name)).map((name) => `types: ${name} is declared twice`);
  for (const type of types) {
    if (!type.mutable && type.channels.length === 0) problems.push(`types ${type.name}.channels: a type that cannot be muted needs one`);
  }
  if (problems.length > 0) throw new DeclarationError(file, problems);
  return types;
}

export function readTenants(file: string): Tenant[] {
  const { tenants } = read(file, tenantsFile);
  const problems = repeated(tenants.map((tenant) => tenant.id)).map((id) => `tenants: ${id} is declared twice`);
  if (problems.length > 0) throw new DeclarationError(file, problems);
  return tenants;
}

function read<Schema extends z.ZodType>(file: string, schema: Schema): z.output<Schema> {
  let content: unknown;
  try {
    content = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new DeclarationError(file, [error instanceof Error ? error.message : String(error)], error);
  }
  const result = schema.safeParse(content);
  if (result.success) return result.data;
  throw new DeclarationError(
    file,
    fieldErrors(result.error.issues, content).map(({ path, message }) => `${path || 'the file'}: ${message}`),
  );
}

const repeated = (names: string[]): string[] => [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
