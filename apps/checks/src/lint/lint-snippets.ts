// A process of its own that runs ESLint with the repository's configuration on pieces of code. Standard input is a JSON
// array of snippets, standard output a JSON array with the names of the rules that each snippet broke.
// A snippet is read in the place of an existing file, so the rules see the tags, types and exceptions of that file.
// Nothing on the disk changes. The project graph is built first, because the boundary rule reads a stored one.
import { text } from 'node:stream/consumers';
import { createProjectGraphAsync } from '@nx/devkit';
import { ESLint } from 'eslint';

export interface Snippet {
  /** Path from the root of the repository. */
  at: string;
  code: string;
}

const snippets = JSON.parse(await text(process.stdin)) as Snippet[];
await createProjectGraphAsync({ exitOnError: false });
const eslint = new ESLint();
const broken: string[][] = [];
for (const { at, code } of snippets) {
  const [result] = await eslint.lintText(code, { filePath: at });
  broken.push((result?.messages ?? []).map(({ ruleId, message }) => ruleId ?? message));
}
process.stdout.write(JSON.stringify(broken));
process.exit();
