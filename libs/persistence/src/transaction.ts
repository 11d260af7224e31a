// One unit of work on one connection. Guarantees: committed when `work` resolves, rolled back when it throws, and the
// connection goes back to the pool only if it is in a known state.
import type { Pool, PoolClient } from 'pg';
import { isDatabaseUnavailable } from './errors.ts';

export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error): void => {
    broken = error;
  };
  // A connection in use reports its loss as an event; without a listener it would end the process.
  client.on('error', onError);
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // A connection that did not answer in time would not answer a ROLLBACK either.
    if (isDatabaseUnavailable(error)) broken ??= error as Error;
    else {
      await client.query('ROLLBACK').catch((rollbackError: Error) => {
        broken ??= rollbackError;
      });
    }
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken ?? false);
  }
}
