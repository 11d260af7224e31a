// Reads the YAML files of operators. Guarantees: a file that is not valid prevents the start, and the error names every
// wrong field.
import { readFileSync } from 'node:fs';
import { defaultCell, fieldErrors, tenantsFile, type Tenant } from '@carillon/domain';
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

/** The file of tenants, and of what each identity provider may say. */
export function readDeclarations(file: string): z.output<typeof tenantsFile> {
  const declared = readDeclaration(file, tenantsFile);
  const cells = declared.cells?.map(({ id }) => id) ?? [defaultCell];
  const problems = [
    ...repeated(cells).map((id) => `cells: ${id} is declared twice`),
    ...declared.tenants
      .map(({ id, cell = defaultCell }) => ({ id, cell }))
      .filter(({ cell }) => !cells.includes(cell))
      .map(({ id, cell }) => `tenants: ${id} belongs to cell ${cell}, which \`cells\` does not list`),
    ...repeated(declared.tenants.map(({ id }) => id)).map((id) => `tenants: ${id} is declared twice`),
    ...repeated(declared.issuers?.map(({ url }) => url) ?? []).map((url) => `issuers: ${url} is declared twice`),
  ];
  if (problems.length > 0) throw new DeclarationError(file, problems);
  return declared;
}

export const readTenants = (file: string): Tenant[] => readDeclarations(file).tenants;

export function readDeclaration<Schema extends z.ZodType>(file: string, schema: Schema): z.output<Schema> {
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

/** The names that occur more than once. */
export const repeated = (names: string[]): string[] => [
  ...new Set(names.filter((name, i) => names.indexOf(name) !== i)),
];
