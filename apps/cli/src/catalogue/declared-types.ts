// The notification types and categories that YAML files declare, as an operator writes them. Guarantees: every wrong
// field of every file is named; what is returned is as it was written, so that preferences fills in the defaults of its
// own release. What the fields of a type say of each other is checked by preferences.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { catalogueFile, fieldErrors, notificationType } from '@carillon/domain';
import yaml from 'yaml';
import { z } from 'zod';
import { UserError } from '../terminal.ts';

export interface Declared {
  types: object[];
  categories: object[];
}

/** One of several files: it may hold categories alone. */
const partOfCatalogue = catalogueFile.extend({ types: z.array(notificationType).default([]) });

/** @param paths files, or folders of `*.yaml` */
export function readDeclared(paths: readonly string[], cwd: string): Declared {
  const problems: string[] = [];
  const declared: Declared = { types: [], categories: [] };
  const places = { types: new Map<string, string>(), categories: new Map<string, string>() };
  for (const file of paths.flatMap((path) => filesAt(path, cwd, problems))) {
    const content = contentOf(file, cwd, problems);
    if (content === undefined) continue;
    const read = partOfCatalogue.safeParse(content);
    if (!read.success) {
      for (const { path, message } of fieldErrors(read.error.issues, content))
        problems.push(`${file}: ${path ? `${path}: ` : ''}${message}`);
      continue;
    }
    for (const list of ['types', 'categories'] as const) {
      declared[list].push(...((content as Partial<Declared>)[list] ?? []));
      for (const { name } of read.data[list]) {
        const other = places[list].get(name);
        if (other !== undefined)
          problems.push(`${file}: ${list}: ${name} is declared twice${other === file ? '' : `, in ${other} too`}`);
        places[list].set(name, file);
      }
    }
  }
  if (problems.length === 0 && declared.types.length === 0) problems.push(`${paths.join(', ')}: no type is declared`);
  if (problems.length > 0) throw new UserError(problems.join('\n'), 2);
  return declared;
}

function filesAt(path: string, cwd: string, problems: string[]): string[] {
  try {
    if (!statSync(resolve(cwd, path)).isDirectory()) return [path];
    const names = readdirSync(resolve(cwd, path)).filter((name) => name.endsWith('.yaml'));
    if (names.length === 0) problems.push(`${path}: has no *.yaml`);
    return names.sort().map((name) => join(path, name));
  } catch (error) {
    problems.push(faultOf(path, error));
    return [];
  }
}

function contentOf(file: string, cwd: string, problems: string[]): unknown {
  try {
    return (yaml.parse(readFileSync(resolve(cwd, file), 'utf8')) as unknown) ?? {};
  } catch (error) {
    problems.push(faultOf(file, error));
    return undefined;
  }
}

const faultOf = (file: string, error: unknown): string => `${file}: ${(error as Error).message.split('\n', 1)[0]}`;
