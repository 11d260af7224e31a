// The environment with which a service kills itself at a checkpoint, and the one with which it does not.
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkpointChannel, type Checkpoint } from '@carillon/telemetry';

/** A source under Jest, a build under the benchmarks: Node loads both. */
const preload = pathToFileURL(join(import.meta.dirname, `kill-at-preload${extname(import.meta.filename)}`)).href;

export function killAt(checkpoint: Checkpoint, times = 1): Record<string, string> {
  return { NODE_OPTIONS: `--import=${preload}`, KILL_AT: `${times} ${checkpointChannel(checkpoint)}` };
}

export const noKill: Record<string, string> = { NODE_OPTIONS: '' };
