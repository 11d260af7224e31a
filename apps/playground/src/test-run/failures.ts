// What failed, read from the output of Jest, Nx, ESLint and Biome, to be told again at the end of the test run: where
// only the last lines of a log are kept, they still name the promise that was broken. Jest tells each failure twice; it
// is listed once. A project whose Jest died without a word is listed by its name in Nx.
import { withoutColours } from './without-colours.ts';

const linesOfEach = 30;
/** Headings of Jest that are no failure. */
const noFailure = /^(Console$|Cannot log after tests are done)/;

export class Failures {
  private readonly found = new Map<string, string[]>();
  private file = '';
  private lines: string[] | undefined;

  read(line: string): void {
    const plain = withoutColours(line).trimEnd();
    const [, outcome, file] = /^\s*(PASS|FAIL) +(\S+ \S+\.ts)/.exec(plain) ?? [];
    const heading = /^ {2}● (.+)$/.exec(plain)?.[1];
    const task = /^\s*- (@carillon\/\S+:\S+)$/.exec(plain)?.[1];
    const [, checked] = /^(\/\S+\.\w+)$/.exec(plain) ?? [];
    const [, fault] = /^\s+(\d+:\d+\s+error\s.*)$/.exec(plain) ?? [];
    const [, misformatted] = /^(\S+ (?:format|lint\/\S+|assist\/\S+|parse)) ━+/.exec(plain) ?? [];
    if (file !== undefined) {
      this.file = outcome === 'FAIL' ? file : '';
      this.lines = undefined;
    } else if (heading !== undefined) this.lines = noFailure.test(heading) ? undefined : this.begin(heading);
    else if (task !== undefined) this.found.set(task, []);
    else if (checked !== undefined) this.file = checked;
    else if (fault !== undefined) this.found.set(`${this.file} ${fault}`, []);
    else if (misformatted !== undefined) this.found.set(misformatted, []);
    else if (/^(Test Suites: |Summary of all failing tests|> nx run )/.test(plain)) this.lines = undefined;
    else if (this.lines && this.lines.length < linesOfEach) this.lines.push(`    ${plain}`);
  }

  /** All of them, each with the beginning of what was printed about it. */
  list(count: number): string[] {
    return [...this.found].slice(0, count).flatMap(([title, lines]) => [`  ● ${title}`, ...lines]);
  }

  /** Undefined: it was listed before. */
  private begin(heading: string): string[] | undefined {
    const title = `${this.file} › ${heading}`;
    if (this.found.has(title)) return undefined;
    const lines: string[] = [];
    this.found.set(title, lines);
    return lines;
  }
}
