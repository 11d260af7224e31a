// A process that checks the messages of the commits since `base` in the Git repository of the working directory.
// It prints what is wrong with each message and how many it checked, and ends with 1 when one is wrong.
// A shallow clone may not have `base`, and an archive has no history: the check covers the commits that are there.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import lint from '@commitlint/lint';
import load from '@commitlint/load';
import { repository } from '../repository.ts';

/**
 * The last commit whose message nobody checked. When a project is renamed or removed, earlier commits keep a scope that
 * no longer exists; set this to the commit of the rename.
 */
const base = { commit: '2a7dc4a238896a10e2bb23b7fbaac1f50e81dd70', date: '2026-11-26T18:44:59Z' };

const { rules, parserPreset } = await load({}, { file: join(repository, '.commitlintrc.js'), cwd: repository });
const parserOpts = parserPreset?.parserOpts as NonNullable<Parameters<typeof lint>[2]>['parserOpts'];

let wrong = 0;
const messages = commitMessages();
for (const { commit, message } of messages) {
  const report = await lint(message, rules, parserOpts ? { parserOpts } : {});
  if (report.valid) continue;
  wrong += 1;
  console.log(`${commit.slice(0, 10)} ${message.split('\n')[0] ?? ''}`);
  for (const problem of report.errors) console.log(`    ${problem.message} [${problem.name}]`);
}
console.log(`${messages.length} commit messages checked, ${wrong} wrong`);
process.exitCode = wrong > 0 ? 1 : 0;

function commitMessages(): { commit: string; message: string }[] {
  if (git('rev-parse', '--is-inside-work-tree') === undefined) return [];
  const range =
    git('cat-file', '-e', `${base.commit}^{commit}`) === undefined ? `--since=${base.date}` : `${base.commit}..HEAD`;
  return (git('log', '--no-merges', '--format=%H%n%B%x00', range) ?? '')
    .split('\0')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => ({ commit: entry.slice(0, entry.indexOf('\n')), message: entry.slice(entry.indexOf('\n') + 1) }));
}

/** Undefined: the command failed, or there is no Git. */
function git(...args: string[]): string | undefined {
  try {
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 64 << 20 });
  } catch {
    return undefined;
  }
}
