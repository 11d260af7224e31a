// Which partitions' batches keep failing, and for how long: what a process says of itself before people have to look.
// Promises: one success forgets the failures before it; a partition that moved away is no trouble of ours; a sentence
// names place and time only, since whoever asks for readiness may read it.
export const patienceMs = 30_000;

interface Trouble {
  topic: string;
  partition: number;
  since: number;
  tries: number;
}

export class Troubles {
  readonly #troubles = new Map<string, Trouble>();

  failed(topic: string, partition: number, now = Date.now()): void {
    const id = `${topic}/${partition}`;
    const known = this.#troubles.get(id);
    if (known) known.tries++;
    else this.#troubles.set(id, { topic, partition, since: now, tries: 1 });
  }

  over(topic: string, partition: number): void {
    if (this.#troubles.size > 0) this.#troubles.delete(`${topic}/${partition}`);
  }

  keep(assignment: Record<string, number[]>): void {
    for (const [id, { topic, partition }] of this.#troubles) if (!assignment[topic]?.includes(partition)) this.#troubles.delete(id);
  }

  /** The one that has lasted longest, once that is longer than anybody should wait without knowing. */
  sentence(now = Date.now()): string | undefined {
    const [worst] = [...this.#troubles.values()].sort((a, b) => a.since - b.since);
    if (!worst || now - worst.since < patienceMs) return undefined;
    return `handling ${worst.topic}, partition ${worst.partition}, has failed for ${Math.floor((now - worst.since) / 1000)} s (tried ${worst.tries} times)`;
  }
}
