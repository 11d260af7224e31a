// How far one priority of a lane's queue was read. The queue is read in pages of channels, in the order of their
// names; a pass leads once through all of them. Guarantee: after `miss`, another whole pass begins before the queue
// counts as known, so nothing that arrived behind the cursor is forgotten.

export class QueuePass {
  /** The next page begins behind this channel. */
  after = '';
  /** Everything that the ledger holds is known to the lane, or a channel says that it has more. */
  complete = false;
  private missed = false;

  /** Something may stand behind the cursor that the lane does not know. */
  miss(): void {
    if (this.complete) this.complete = false;
    else this.missed = true;
  }

  /** A page was read, up to `lastChannel`; undefined: it was the last page. */
  advance(lastChannel: string | undefined): void {
    if (lastChannel !== undefined) {
      this.after = lastChannel;
      return;
    }
    this.after = '';
    this.complete = !this.missed;
    this.missed = false;
  }
}
