// Runs a program to its end, in the repository unless told otherwise.
import { execFile } from 'node:child_process';
import { repository } from './repository.ts';

export interface RunOptions {
  input?: string;
  cwd?: string;
}

/** Standard output. When the program does not end with 0: an error whose message is everything that it printed. */
export function run(
  program: string,
  args: string[],
  { input = '', cwd = repository }: RunOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { cwd, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (error) reject(new Error(stdout + stderr, { cause: error }));
      else resolve(stdout);
    });
    child.stdin?.end(input);
  });
}
