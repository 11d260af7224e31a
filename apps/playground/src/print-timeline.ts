// The timeline of a notification as `npx carillon timeline` prints it. The command itself runs, so that people see the
// same lines at the start of the playground as whenever they ask.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { environment } from './environment.ts';
import { nodeBinary, repository } from './paths.ts';

const command = join(repository, 'apps/cli/bin/carillon.mjs');

export interface TimelineRequest {
  notificationId: string;
  deliveryUrl: string;
  /** A token that may read the timeline. */
  accessToken: string;
  signal: AbortSignal;
}

/** Waits some seconds for the outcome of each delivery; prints what there is when there is none by then. */
export async function printTimeline(request: TimelineRequest, write: (text: string) => void): Promise<void> {
  const { notificationId, deliveryUrl, accessToken, signal } = request;
  const { stdout } = await promisify(execFile)(nodeBinary, [command, 'timeline', notificationId, '--wait', '10'], {
    env: { PATH: environment['PATH'], DELIVERY_URL: deliveryUrl, CARILLON_TOKEN: accessToken },
    signal,
  }).catch((error: { stdout?: string }) => {
    if (!error.stdout) throw error;
    return { stdout: error.stdout };
  });
  write(`$ npx carillon timeline ${notificationId}\n${stdout}`);
}
