// The seed of a random run, so that it can be repeated.
import { environment } from '../environment.ts';

/** The seed that the variable has, or one made from the time of day. */
export function seedOf(variable = 'CHAOS_SEED', env: NodeJS.ProcessEnv = environment): number {
  const asked = env[variable];
  if (asked === undefined || asked === '') return Date.now() % 2 ** 31;
  if (!/^\d+$/.test(asked)) throw new Error(`${variable}: ${asked} is not a whole number`);
  return Number(asked);
}
