// Lets loops wait for work without polling: a waiting loop continues after its time, or as soon as somebody wakes it.
import { EventEmitter } from 'node:events';

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
