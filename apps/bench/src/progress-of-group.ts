// How fast a consumer group works a topic off, from the offsets it commits: what counts is what is durable.
import type { Admin } from 'kafkajs';

/** Offsets committed by the group on the topic, in all. */
export async function committed(admin: Admin, groupId: string, topic: string): Promise<number> {
  const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
  return (offsets?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
}

/** Puts a group without members back to the beginning of the topic. */
export async function rewind(admin: Admin, groupId: string, topic: string): Promise<void> {
  for (;;) {
    try {
      await admin.resetOffsets({ groupId, topic, earliest: true });
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

/** Records a second between a tenth and nine tenths of `total`: neither the start nor the tail counts. */
export async function rateOf(
  admin: Admin,
  groupId: string,
  topic: string,
  total: number,
  timeoutMs = 180_000,
): Promise<number> {
  const begun = performance.now();
  let first: { at: number; done: number } | undefined;
  for (;;) {
    const done = await committed(admin, groupId, topic);
    const at = performance.now();
    if (!first && done >= total * 0.1) first = { at, done };
    if (first && done >= total * 0.9 && done > first.done) return ((done - first.done) / (at - first.at)) * 1000;
    if (at - begun > timeoutMs) throw new Error(`${groupId} did ${done} of ${total} records in ${timeoutMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
