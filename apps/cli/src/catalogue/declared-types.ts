// The notification types that YAML files declare, as an operator writes them. Guarantee: every wrong field of every
// file is named. What the fields of a type say of each other is checked by preferences.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { catalogueFile, fieldErrors, type NotificationType } from '@carillon/domain';
import yaml from 'yaml';
import { UserError } from '../terminal.ts';

export function readDeclaredTypes(files: readonly string[], cwd: string): NotificationType[] {
  const problems: string[] = [];
  const types: NotificationType[] = [];
  for (const file of files) {
    let content: unknown;
    try {
      content = yaml.parse(readFileSync(resolve(cwd, file), 'utf8'));
    } catch (error) {
      problems.push(`${file}: ${(error as Error).message.split('\n', 1)[0]}`);
      continue;
    }
    const read = catalogueFile.safeParse(content);
    if (read.success) types.push(...read.data.types);
    else
      for (const { path, message } of fieldErrors(read.error.issues, content))
        problems.push(`${file}: ${path ? `${path}: ` : ''}${message}`);
  }
  const names = types.map(({ name }) => name);
  for (const name of new Set(names.filter((name, place) => names.indexOf(name) !== place)))
    problems.push(`${name} is declared twice`);
  if (problems.length > 0) throw new UserError(problems.join('\n'));
  return types;
}
