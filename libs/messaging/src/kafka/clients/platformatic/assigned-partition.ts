// A partition that this member of the group holds, and how far it has been read.
import { EventEmitter } from 'node:events';

export class AssignedPartition {
  /** What is fetched next; undefined until the committed offset is known. */
  position: number | undefined;
  /** A batch of it is being handled, or waits to be. */
  busy = false;
  /** Not fetched before this time: its last batch failed. */
  notBefore = 0;

  constructor(
    readonly topic: string,
    readonly partition: number,
  ) {}

  get id(): string {
    return `${this.topic}/${this.partition}`;
  }
}

/** Wakes loops that wait for something to do. */
export class WakeUp {
  readonly #emitter = new EventEmitter().setMaxListeners(0);

  now(): void {
    this.#emitter.emit('now');
  }

  /** Resolves after `ms`, or when woken. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#emitter.off('now', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#emitter.once('now', done);
    });
  }
}
