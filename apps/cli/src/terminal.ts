// What a command may touch of the world around it, so that tests can stand in for it.
export interface Terminal {
  env: Record<string, string | undefined>;
  cwd: string;
  out: (text: string) => void;
  err: (text: string) => void;
  stdin: () => string;
}

/** A failure that its user can mend; printed as it is, without a stack. */
export class UserError extends Error {
  constructor(
    message: string,
    /** 2: the call was wrong; 1: something else was. */
    readonly exitCode: 1 | 2 = 1,
  ) {
    super(message);
  }
}

/** Columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
  return rows
    .map((row) => `${row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at]!))).join('  ')}\n`)
    .join('');
}
