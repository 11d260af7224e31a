// Collects the problems of blocks by path, and has the checks that all block types share.

export type Fields = Record<string, unknown>;
export type Problems = { path: string; message: string }[];

/** At most so many problems are listed. */
const mostProblems = 100;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export class Report {
  readonly #problems: Problems;
  readonly #path: string;

  constructor(problems: Problems, path: string) {
    this.#problems = problems;
    this.#path = path;
  }

  at(name: string): Report {
    return new Report(this.#problems, `${this.#path}.${name}`);
  }

  problem(name: string, message: string): void {
    if (this.#problems.length < mostProblems)
      this.#problems.push({ path: name === '' ? this.#path : `${this.#path}.${name}`, message });
  }

  string(fields: Fields, name: string, longest: number): void {
    const value = fields[name];
    if (typeof value !== 'string' || value === '')
      this.problem(name, value === undefined ? 'is missing' : 'must be text, not empty');
    else if (value.length > longest) this.problem(name, `has ${value.length} characters, ${longest} are allowed`);
  }

  /** A text object. */
  text(fields: Fields, name: string, longest: number, only?: 'plain_text'): void {
    if (fields[name] === undefined) this.problem(name, 'is missing');
    else textIn(fields[name], this.at(name), longest, only);
  }

  items(fields: Fields, name: string, most: number, needed: boolean, check: (item: unknown, at: Report) => void): void {
    const items = fields[name];
    if (items === undefined && !needed) return;
    if (!Array.isArray(items) || items.length === 0)
      return this.problem(name, items === undefined ? 'is missing' : 'must be a list, not empty');
    if (items.length > most) this.problem(name, `holds ${items.length}, ${most} are allowed`);
    // Entries beyond the limit are not checked.
    items.slice(0, most).forEach((item: unknown, index) => check(item, this.at(`${name}.${index}`)));
  }
}

export function textIn(value: unknown, report: Report, longest: number, only?: 'plain_text'): void {
  if (!isFields(value)) return report.problem('', 'must be a text object');
  const type = value['type'];
  if (only ? type !== only : type !== 'plain_text' && type !== 'mrkdwn') {
    report.problem('type', only ? `must be ${only}` : 'must be plain_text or mrkdwn');
  }
  report.string(value, 'text', longest);
}
