// The times of a timeline: each line has the time of day in UTC and the time since the notification was received, in
// columns of equal width. A line of another day than the receipt has its date too.

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const timeWidth = '18:04:05.123Z'.length;
const sinceWidth = '+99.9 s'.length;
const eventWidth = 'delivered'.length;

export class Clock {
  constructor(private readonly receivedAt: string) {}

  /** `  18:04:05.123Z    +0.8 s  attempt 1  …`; parts that are empty are left out. */
  line(at: string | null | undefined, event: string, ...parts: string[]): string {
    const [time, since] = at ? [this.time(at), this.since(at)] : ['', ''];
    const columns = [time.padEnd(timeWidth), since.padStart(sinceWidth), event.padEnd(eventWidth)];
    return `  ${columns.join('  ')}  ${parts.filter((part) => part !== '').join('; ')}`.trimEnd();
  }

  /** The longest unit in which it is at least 1, with one decimal. */
  static duration(ms: number): string {
    const size = Math.abs(ms);
    if (size < 100 * second) return `${(ms / second).toFixed(1)} s`;
    if (size < 100 * minute) return `${(ms / minute).toFixed(1)} min`;
    return size < 2 * day ? `${(ms / hour).toFixed(1)} h` : `${(ms / day).toFixed(1)} d`;
  }

  private time(at: string): string {
    const iso = new Date(at).toISOString();
    const [date, time] = [iso.slice(0, 10), iso.slice(11)];
    return date === new Date(this.receivedAt).toISOString().slice(0, 10) ? time : `${date} ${time}`;
  }

  private since(at: string): string {
    const ms = Date.parse(at) - Date.parse(this.receivedAt);
    return `${ms < 0 ? '' : '+'}${Clock.duration(ms)}`;
  }
}
