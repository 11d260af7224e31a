// Checkpoints: named points in the code between an effect and its record, published on diagnostics channels. A test
// subscribes from outside (by a preload, or in the spec), to kill the process at that point or to wait for it.
// Production code only publishes and never subscribes; a checkpoint without a subscriber costs one property read.
import { channel, type Channel } from 'node:diagnostics_channel';

export const checkpoints = [
  /** preferences: decided, nothing published; published, offset not committed. */
  'resolution.decided',
  'resolution.published',
  /** preferences: requests recorded as deferred, offset not committed; resolved, still recorded as deferred. */
  'quota.deferred',
  'deferred.resolved',
  /** preferences: a page of a large audience published, its place not stored. */
  'fan-out.published',
  /** delivery: a batch read, nothing stored; stored, offset not committed. */
  'ingest.read',
  'ingest.stored',
  /**
   * delivery: a claim is durable, nothing written to Slack; Slack answered, nothing recorded; recorded, outcome not
   * published.
   */
  'claim.stored',
  'attempt.answered',
  'result.stored',
  /** Every outbox: events published, their rows still there. */
  'outbox.published',
  /** delivery: a file uploaded, its message not posted. */
  'file.uploaded',
  /** delivery: a digest has its members and its text, nothing is sent. */
  'digest.frozen',
] as const;
export type Checkpoint = (typeof checkpoints)[number];

/** The diagnostics channel of a checkpoint. */
export const checkpointChannel = (name: Checkpoint): `carillon.checkpoint.${Checkpoint}` =>
  `carillon.checkpoint.${name}`;

const channels = Object.fromEntries(checkpoints.map((name) => [name, channel(checkpointChannel(name))])) as Record<
  Checkpoint,
  Channel
>;

export function checkpoint(name: Checkpoint): void {
  if (channels[name].hasSubscribers) channels[name].publish(name);
}
