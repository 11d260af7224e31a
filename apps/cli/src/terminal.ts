// What a command reads and writes outside itself. Tests pass their own.
export interface Terminal {
  env: Record<string, string | undefined>;
  cwd: string;
  out: (text: string) => void;
  err: (text: string) => void;
  stdin: () => string;
}

/** A failure that its user can repair; printed without a stack trace. */
export class UserError extends Error {
  constructor(
    message: string,
    /** 2: the command line was wrong; 1: something else was. */
    readonly exitCode: 1 | 2 = 1,
  ) {
    super(message);
  }
}

/** Columns as wide as their widest cell; no spaces at the end of a line. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, at) => cell.padEnd(widths[at]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
