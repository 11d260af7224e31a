// Reads the catalogue of types and categories that operators declare in a YAML file. Guarantee: an invalid file stops
// the start, and the error names every invalid field.
import { catalogueFile, type CatalogueFile } from '@carillon/domain';
import { DeclarationError, readDeclaration, repeated } from '@carillon/runtime';
import { checkType } from './check-type.ts';

export function readTypes(file: string): CatalogueFile {
  const { types, categories } = readDeclaration(file, catalogueFile);
  const problems = Object.entries({ types, categories }).flatMap(([list, declared]) =>
    repeated(declared.map(({ name }) => name)).map((name) => `${list}: ${name} is declared twice`),
  );
  for (const type of types)
    for (const { path, message } of checkType(type)) problems.push(`types ${type.name}.${path}: ${message}`);
  if (problems.length > 0) throw new DeclarationError(file, problems);
  return { types, categories };
}
