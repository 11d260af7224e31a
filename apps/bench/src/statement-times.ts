// How long single statements of a service take, as PostgreSQL itself tells: it logs each with its name and its
// duration, for the role of one service, and what it says is read back from its log.
import { readFileSync, statSync } from 'node:fs';
import pg from 'pg';
import type { Playground, ServiceName } from '@carillon/playground';

/** From now on, for sessions that begin from now on. */
export async function tellStatementTimes(playground: Playground, service: ServiceName): Promise<void> {
  const client = new pg.Client({ connectionString: playground.postgres.url });
  await client.connect();
  try {
    const role = client.escapeIdentifier(service.replaceAll('-', '_'));
    await client.query(`ALTER ROLE ${role} SET log_min_duration_statement = 0`);
    await client.query(`ALTER ROLE ${role} SET log_parameter_max_length = 0`);
  } finally {
    await client.end();
  }
}

export class StatementTimes {
  private offset: number;

  constructor(private readonly logFile: string) {
    this.offset = statSync(logFile).size;
  }

  /** Milliseconds of each execution of the prepared statement since the last call, its planning included. */
  take(name: string): number[] {
    const log = readFileSync(this.logFile).subarray(this.offset);
    this.offset += log.length;
    const times: number[] = [];
    const planning = new Map<string, number>();
    const lines = log
      .toString('utf8')
      .matchAll(new RegExp(`\\[(\\d+)\\] LOG:  duration: ([\\d.]+) ms  (bind|execute) ${name}:`, 'g'));
    for (const [, session = '', ms, step] of lines) {
      if (step === 'bind') planning.set(session, Number(ms));
      else times.push(Number(ms) + (planning.get(session) ?? 0));
    }
    return times;
  }
}
