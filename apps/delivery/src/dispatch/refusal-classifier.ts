// Decides whether a 429 shows the posting limit of a workspace or comes by chance (a fault of Slack's, a flood
// elsewhere in the app). The two differ in what follows. A limit refuses again as soon as the lane has used what the
// limit allowed during the block. A refusal by chance comes after a random number of messages, whatever the rate.
// So a refusal that follows soon after another is evidence for a limit, weighed by how likely it would be by chance
// (a likelihood ratio, summed as in a CUSUM test). How often refusals come by chance is learned from those that were
// no limit. It knows neither rates nor time.

/** What the caller knows of a refusal. */
export interface Refusal {
  /** Messages accepted since the refusal before. */
  accepted: number;
  /** With at most this many accepted, the lane had not yet caught up with what the block before had cost. */
  catchUp: number;
  /** The rate is below the limit that was found last. */
  belowLimit: boolean;
}

/** Below the limit that was found last, this share of refusals is taken for chance before any was seen. */
const presumedShare = 0.02;
/** From this share on, a single refusal is no evidence. */
const knownShare = 0.002;
/** The share is an average over this many messages, and over no fewer than the second number. */
const averagedMessages = 1_000;
const leastMessages = 200;
/** How often a limit refuses before the lane has caught up. */
const soonUnderLimit = 0.85;
const mostLikelyByChance = 0.9;
/** Natural logarithm of the likelihood ratio that is enough: while chance is unknown, and when it is known. */
const enough = 4;
const enoughAmongChance = 8;

export class RefusalClassifier {
  private messages = 0;
  private refusals = 0;
  private evidence = 0;
  private inRun = 0;

  /** How many refusals the present evidence rests on, the last one included. */
  get run(): number {
    return this.inRun;
  }

  /** Whether refusals by chance have been seen lately. */
  get chanceIsKnown(): boolean {
    return this.shareOf(this.refusals) >= knownShare;
  }

  accepted(): void {
    this.count(0);
  }

  refused({ accepted, catchUp, belowLimit }: Refusal): 'limit' | 'chance' {
    const known = this.shareOf(this.refusals - this.inRun) >= knownShare;
    const share = Math.max(this.shareOf(this.refusals), belowLimit ? presumedShare : 0);
    const soon = accepted <= catchUp;
    const within = accepted === 0 ? 1 : catchUp + 1;
    const soonByChance = Math.min(mostLikelyByChance, 1 - (1 - Math.min(share, 0.5)) ** within);
    const ratio = soon ? soonUnderLimit / soonByChance : (1 - soonUnderLimit) / (1 - soonByChance);
    if (this.inRun > 0) this.evidence = Math.max(0, this.evidence + Math.log(ratio));
    if (!soon && this.evidence === 0) this.inRun = 0;
    this.inRun++;
    this.count(1);
    // A refusal after which nothing was accepted says that Slack still blocks, not at which rate it does.
    if (accepted === 0 && this.inRun > 1) return 'chance';
    const isLimit = this.evidence >= (known ? enoughAmongChance : enough) || (!belowLimit && !known);
    if (!isLimit) return 'chance';
    this.refusals = Math.max(0, this.refusals - this.inRun);
    this.evidence = 0;
    return 'limit';
  }

  /** The refusal that was classified as a limit last was none. */
  correct(): void {
    this.refusals++;
  }

  private shareOf(refusals: number): number {
    return refusals / Math.max(this.messages, leastMessages);
  }

  private count(refused: 0 | 1): void {
    const kept = 1 - 1 / averagedMessages;
    this.messages = this.messages * kept + 1;
    this.refusals = this.refusals * kept + refused;
  }
}
