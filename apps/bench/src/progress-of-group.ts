// How fast a consumer group works a topic off, from the offsets it commits: what counts is what is durable. And what
// that costs: where other work shares the machine, processor time a record says more than records a second.
import type { Admin } from 'kafkajs';
import { cpuSecondsOfTree } from './process-time.ts';
import { figure, median, type Figure } from './report.ts';

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

/** What a group did between a tenth and nine tenths of the records: neither the start nor the tail counts. */
export interface Progress {
  recordsPerSecond: number;
  /** Processor time of each named process and its children, in microseconds a record. */
  cpuMicros: Record<string, number>;
}

/** `pids` names the processes whose time is told. */
export async function progressOf(
  admin: Admin,
  groupId: string,
  topic: string,
  total: number,
  pids: () => Record<string, number | undefined>,
  timeoutMs = 300_000,
): Promise<Progress> {
  const begun = performance.now();
  let first: { at: number; done: number; cpu: Record<string, number> } | undefined;
  for (;;) {
    const done = await committed(admin, groupId, topic);
    const at = performance.now();
    if (!first && done >= total * 0.1) first = { at, done, cpu: cpuSecondsOfAll(pids()) };
    if (first && done >= total * 0.9 && done > first.done) {
      const records = done - first.done;
      const cpuMicros: Record<string, number> = {};
      for (const [name, seconds] of Object.entries(cpuSecondsOfAll(pids())))
        cpuMicros[name] = Math.round(((seconds - (first.cpu[name] ?? 0)) * 1e7) / records) / 10;
      return { recordsPerSecond: (records / (at - first.at)) * 1000, cpuMicros };
    }
    if (at - begun > timeoutMs) throw new Error(`${groupId} did ${done} of ${total} records in ${timeoutMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The rounds of two groups over the same records, as one figure. */
export function compareProgress(bench: string, unit: string, rounds: Record<'ours' | 'bare', Progress[]>): Figure {
  const rates = { ours: ratesOf(rounds.ours), bare: ratesOf(rounds.bare) };
  const cpuMicros = { ours: cpuOf(rounds.ours), bare: cpuOf(rounds.bare) };
  const total = (cpu: Record<string, number>): number => Object.values(cpu).reduce((sum, micros) => sum + micros, 0);
  return figure(bench, median(rates.ours), median(rates.bare), unit, 'more', {
    rounds: rates,
    cpuMicrosPerRecord: cpuMicros,
    cpuRatio: Number((total(cpuMicros.bare) / total(cpuMicros.ours)).toFixed(3)),
  });
}

const ratesOf = (rounds: readonly Progress[]): number[] =>
  rounds.map(({ recordsPerSecond }) => Math.round(recordsPerSecond));

function cpuOf(rounds: readonly Progress[]): Record<string, number> {
  const names = Object.keys(rounds[0]?.cpuMicros ?? {});
  return Object.fromEntries(names.map((name) => [name, median(rounds.map(({ cpuMicros }) => cpuMicros[name] ?? 0))]));
}

function cpuSecondsOfAll(pids: Record<string, number | undefined>): Record<string, number> {
  const seconds: Record<string, number> = {};
  for (const [name, pid] of Object.entries(pids)) if (pid !== undefined) seconds[name] = cpuSecondsOfTree(pid);
  return seconds;
}
