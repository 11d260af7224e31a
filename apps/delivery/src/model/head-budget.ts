/** How many queued deliveries this process holds in memory, over all its lanes. */
export class HeadBudget {
  held = 0;

  constructor(readonly most: number) {}

  get exhausted(): boolean {
    return this.held >= this.most;
  }
}
