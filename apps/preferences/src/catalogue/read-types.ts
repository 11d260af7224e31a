// Reads the catalogue of types that operators declare in a YAML file. Guarantee: an invalid file stops the start, and
// the error names every invalid field.
import { catalogueFile, type NotificationType } from '@carillon/domain';
import { DeclarationError, readDeclaration, repeated } from '@carillon/runtime';
import { checkType } from './check-type.ts';

export function readTypes(file: string): NotificationType[] {
  const { types } = readDeclaration(file, catalogueFile);
  const problems = repeated(types.map((type) => type.name)).map((name) => `types: ${name} is declared twice`);
  for (const type of types)
    for (const { path, message } of checkType(type)) problems.push(`types ${type.name}.${path}: ${message}`);
  if (problems.length > 0) throw new DeclarationError(file, problems);
  return types;
}
