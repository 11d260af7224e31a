// Decides whether a 429 shows the posting limit of a workspace or comes by chance (a fault of Slack's, a flood
// elsewhere in the app). The two differ in what follows. A limit refuses again as soon as the lane has used what the
// limit allowed during the block: near the limit that is what was due meanwhile, and far above the limit less, but the
// same number each time. A refusal by chance comes after a random number of messages, whatever the rate. So a refusal
// after such a number is evidence for a limit, weighed by how likely it would be by chance (likelihood ratios, summed
// as in a CUSUM test, one sum for each of the two). How often refusals come by chance is learned from those that were
// no limit. It knows neither rates nor time.

/** What the caller knows of a refusal. */
export interface Refusal {
  /** Messages accepted since the refusal before. */
  accepted: number;
  /** Messages that the lane's rate would have allowed while the refusal before blocked it. */
  due: number;
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
/** From this share of what was due on, up to this one and a message, a refusal agrees with a limit near the rate. */
const leastOfDue = 0.8;
const mostOfDue = 1.35;
/** How often a limit near the rate refuses so soon, and one far below it after as many messages as before. */
const soonUnderLimit = 0.85;
const regularUnderLimit = 0.75;
/** From this share to this one of the number before, and a message, a number is the same. */
const leastOfSame = 0.7;
const mostOfSame = 1.35;
const leastByChance = 0.005;
/** So many refusals by chance leave no doubt that there are such. */
const certainRefusals = 4;
/** Natural logarithm of the likelihood ratio that is enough: while chance is unknown, and when it is known. */
const enough = 4;
const enoughAmongChance = 8;

export class RefusalClassifier {
  private messages = 0;
  private refusals = 0;
  /** Evidence for a limit near the rate, and for one far below it. */
  private near = 0;
  private below = 0;
  private inRun = 0;
  private acceptedBefore = 0;

  /** How many refusals the present evidence rests on, the last one included. */
  get run(): number {
    return this.inRun;
  }

  /** Whether refusals by chance have been seen lately. */
  get chanceIsKnown(): boolean {
    return this.shareOf(this.refusals) >= knownShare;
  }

  /** Whether so many have been seen that a limit which was found before needs to be found again. */
  get chanceIsCertain(): boolean {
    return this.chanceIsKnown && this.refusals >= certainRefusals;
  }

  accepted(): void {
    this.count(0);
  }

  refused({ accepted, due, belowLimit }: Refusal): 'limit' | 'chance' {
    const known = this.shareOf(this.refusals - this.inRun) >= knownShare;
    const catchUp = Math.ceil(due * mostOfDue) + 1;
    if (this.inRun > 0) {
      const share = Math.max(this.shareOf(this.refusals), belowLimit ? presumedShare : 0);
      this.weigh(accepted, { low: Math.floor(due * leastOfDue), catchUp, accept: 1 - Math.min(share, 0.5) });
    }
    this.acceptedBefore = accepted;
    if (accepted > catchUp && this.near === 0 && this.below === 0) this.inRun = 0;
    this.inRun++;
    this.count(1);
    // A refusal after which nothing was accepted says that Slack still blocks, not at which rate it does.
    if (accepted === 0 && this.inRun > 1) return 'chance';
    const isLimit = Math.max(this.near, this.below) >= (known ? enoughAmongChance : enough) || (!belowLimit && !known);
    if (!isLimit) return 'chance';
    this.refusals = Math.max(0, this.refusals - this.inRun);
    this.near = this.below = 0;
    return 'limit';
  }

  /** The refusal that was classified as a limit last was none. */
  correct(): void {
    this.refusals++;
  }

  /** `low` to `catchUp`: what a limit near the rate lets pass; `accept`: how likely chance lets a message pass. */
  private weigh(accepted: number, { low, catchUp, accept }: { low: number; catchUp: number; accept: number }): void {
    // Fewer than a limit near the rate lets pass say nothing about one: chance refuses under a limit, too.
    if (accepted >= low)
      this.near = sum(this.near, accepted <= catchUp, soonUnderLimit, 1 - accept ** (catchUp + 1 - low));
    if (this.acceptedBefore > low) return;
    const from = Math.floor(leastOfSame * this.acceptedBefore);
    const to = Math.ceil(mostOfSame * this.acceptedBefore) + 1;
    const isSame = accepted >= from && accepted <= to;
    this.below = sum(this.below, isSame, regularUnderLimit, accept ** from - accept ** (to + 1));
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

/** Adds what an observation says, given how likely it is under a limit and by chance. */
function sum(evidence: number, isSeen: boolean, underLimit: number, byChance: number): number {
  const likely = Math.min(Math.max(byChance, leastByChance), 1 - leastByChance);
  const ratio = isSeen ? underLimit / likely : (1 - underLimit) / (1 - likely);
  return Math.max(0, evidence + Math.log(ratio));
}
