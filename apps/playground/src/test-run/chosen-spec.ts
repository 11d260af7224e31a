// The one spec file that `npm test -- --spec <file>` runs. Guarantees: a name that is no spec file of a project is an
// error before anything starts. It does not run the spec.
import { existsSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { repository } from '../paths.ts';

export interface ChosenSpec {
  /** The folder of the project, where Jest runs. */
  folder: string;
  /** The spec file, below that folder. */
  file: string;
  /** An integration spec needs Kafka and PostgreSQL. */
  needsServers: boolean;
}

/** @throws Error with a sentence that says which names are accepted */
export function chosenSpec(path: string): ChosenSpec {
  const fromRoot = isAbsolute(path) ? relative(repository, path) : path.replace(/^\.\//, '');
  const [, project, file] = /^((?:apps|libs)\/[^/]+)\/(src\/.+\.spec\.ts)$/.exec(fromRoot) ?? [];
  if (project === undefined || file === undefined)
    throw new Error('It is a spec file by its path in the repository, such as libs/domain/src/topics.spec.ts.');
  if (!existsSync(join(repository, fromRoot))) throw new Error('There is no such file.');
  return { folder: join(repository, project), file, needsServers: file.endsWith('.int.spec.ts') };
}
