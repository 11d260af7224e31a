// A Markdown table whose columns are padded, as the formatter of the repository does it.

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]!.length)));
  const line = (row: string[]): string => `| ${row.map((cell, at) => cell.padEnd(widths[at]!)).join(' | ')} |`;
  return [line(cells[0]!), line(widths.map((width) => '-'.repeat(width))), ...cells.slice(1).map(line)].join('\n');
}

/** The table of a list of codes. @throws Error that names the codes without advice */
export function adviceTable(advice: Readonly<Record<string, string>>): string {
  const without = Object.keys(advice).filter((code) => !advice[code]?.trim());
  if (without.length > 0) throw new Error(`no advice: ${without.join(', ')}`);
  return markdownTable(
    ['Code', 'What to do'],
    Object.entries(advice).map(([code, sentence]) => [`\`${code}\``, sentence]),
  );
}
