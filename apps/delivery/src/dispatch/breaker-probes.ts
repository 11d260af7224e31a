// Runs the probes that the circuit breakers ask for. Guarantees: one probe of a kind at a time, and few of its lanes;
// a channel that cannot be probed counts as answering, so that one delivery is the probe.
import type { ChannelKind } from '@carillon/domain';
import type { Channel } from '../channels/channel.ts';
import { monotonicNow } from '../model/clock.ts';
import { laneKindOf } from '../model/lane-id.ts';
import type { ProbedFor } from '../model/probed-for.ts';
import type { Lane } from './lane.ts';

const lanesAtOnce = 4;

export class BreakerProbes {
  private readonly waiting: Lane[] = [];
  private underWay = 0;

  /** `probed`: the breaker of a lane, or of all lanes of a kind, has its answer. */
  constructor(
    private readonly channels: Readonly<Record<ChannelKind, Channel>>,
    private readonly probed: (of: Lane | ChannelKind) => void,
  ) {}

  /** Begins the probe of the lane's breaker, or of its kind's, if one is due. */
  probeIfDue(lane: Lane, now: number): void {
    const kind = laneKindOf(lane.id);
    if (lane.breaker.kind.takeProbe(now)) void this.probeKind(kind, lane);
    else if (lane.breaker.takeProbe(now)) {
      this.waiting.push(lane);
      this.probeNext();
    }
  }

  private async probeKind(kind: ChannelKind, { breaker }: Lane): Promise<void> {
    const answered = await this.ask(kind);
    breaker.kind.probed(answered, monotonicNow());
    this.probed(kind);
  }

  private probeNext(): void {
    while (this.underWay < lanesAtOnce) {
      const lane = this.waiting.shift();
      if (!lane) return;
      this.underWay++;
      void this.ask(laneKindOf(lane.id), lane.probedFor).then((answered) => {
        this.underWay--;
        lane.breaker.probed(answered, monotonicNow());
        this.probed(lane);
        this.probeNext();
      });
    }
  }

  private async ask(kind: ChannelKind, delivery?: ProbedFor): Promise<boolean> {
    const channel = this.channels[kind];
    return channel.probe ? channel.probe(delivery).catch(() => false) : true;
  }
}
