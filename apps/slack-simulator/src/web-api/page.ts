/**
 * Which rows a page of a list has. As Slack does, a page may have fewer rows than asked for and still a cursor, and may
 * repeat rows of the page before; `_sim/limits` says how often.
 */
import type { Simulation } from '../simulation.ts';

/** The rows from `start` on; `next` is where the next page starts. */
export function pageOf(sim: Simulation, start: number, limit: number, length: number): { start: number; next: number } {
  const rows = sim.limits.isPageShort() ? Math.ceil(limit / 2) : limit;
  const repeated = Math.min(sim.limits.settings.repeatedRows, start, rows - 1);
  return { start: start - repeated, next: Math.min(start - repeated + rows, length) };
}
