// Reads the catalogue of types that operators declare in a YAML file. Guarantee: an invalid file stops the start, and
// the error names every invalid field.
import { catalogueFile, type NotificationType } from '@carillon/domain';
import { DeclarationError, readDeclaration, repeated } from '@carillon/runtime';

export function readTypes(file: string): NotificationType[] {
  const { types } = readDeclaration(file, catalogueFile);
  const problems = repeated(types.map((type) => type.name)).map((name) => `types: ${name} is declared twice`);
  for (const type of types) {
    if (!type.mutable && type.channels.length === 0)
      problems.push(`types ${type.name}.channels: a type that cannot be muted needs one`);
  }
  if (problems.length > 0) throw new DeclarationError(file, problems);
  return types;
}
