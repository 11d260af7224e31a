// How long each spec file took, read from Jest's output. Jest prints the time of a file that took more than five
// seconds, which is enough to name the slowest ones. A file that several targets run is listed once for each.
import { withoutColours } from './without-colours.ts';

export interface SpecTime {
  project: string;
  file: string;
  seconds: number;
}

export class SpecTimes {
  private readonly times: SpecTime[] = [];

  read(line: string): void {
    const found = /^\s*(?:PASS|FAIL)\s+(\S+) (\S+\.spec\.ts) \((\d+(?:\.\d+)?) s\)\s*$/.exec(withoutColours(line));
    if (found) this.times.push({ project: found[1]!, file: found[2]!, seconds: Number(found[3]) });
  }

  slowest(count: number): SpecTime[] {
    return [...this.times].sort((a, b) => b.seconds - a.seconds).slice(0, count);
  }
}
