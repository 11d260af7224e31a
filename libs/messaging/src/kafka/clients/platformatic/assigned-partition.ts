// A partition that is assigned to this member of the group, and how far the member has read it.

export class AssignedPartition {
  /** The offset that is fetched next; undefined until the committed offset is known. */
  position: number | undefined;
  /** A batch of it is handled, or waits to be handled. */
  busy = false;
  /** Not fetched before this time (ms since 1970), because its last batch failed. */
  notBefore = 0;

  constructor(
    readonly topic: string,
    readonly partition: number,
  ) {}

  get id(): string {
    return `${this.topic}/${this.partition}`;
  }
}
