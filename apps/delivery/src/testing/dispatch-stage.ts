// A dispatcher on a real ledger, with a channel whose answers a spec decides.
import type { SlackDestination } from '@carillon/domain';
import { until } from '@carillon/messaging/testing';
import type { Pool } from 'pg';
import type { Channel } from '../channels/channel.ts';
import { slackPlace } from '../channels/slack/slack-place.ts';
import { createDispatchPool } from '../dispatch/dispatch-pool.ts';
import { Dispatcher } from '../dispatch/dispatcher.ts';
import { laneFactory } from '../dispatch/lane-factory.ts';
import type { ClaimedDelivery } from '../model/claimed-delivery.ts';
import type { LaneLimits } from '../model/lane-limits.ts';
import type { SendResult } from '../model/send-result.ts';
import { acquireLanes } from '../ownership/lane-assignments.ts';
import { slackLimits } from './lane-limits.ts';
import { policy, type LedgerStage } from './ledger-stage.ts';

export const delivered: SendResult = { kind: 'delivered', facts: {} };

export class DispatchStage {
  readonly dispatcher: Dispatcher;
  private readonly pool: Pool;
  /** In the order in which their requests were made. */
  readonly sent: ClaimedDelivery[] = [];
  private waiting: { reached: () => boolean; done: () => void }[] = [];

  constructor(
    private readonly ledger: LedgerStage,
    private readonly answer: (delivery: ClaimedDelivery) => SendResult | Promise<SendResult>,
    limits: Partial<LaneLimits> = {},
    mostHeads = 10_000,
  ) {
    const channel: Channel = {
      laneOf: (_tenantId, to) => slackPlace(to as SlackDestination),
      limits: { ...slackLimits, ...limits },
      renderDigest: () => ({}),
      send: async (delivery, { canSend }) => {
        if (!canSend()) return { kind: 'not_written', why: 'lease' };
        this.sent.push(delivery);
        for (const { reached, done } of this.waiting) if (reached()) done();
        return this.answer(delivery);
      },
      reconcile: () => Promise.resolve({ kind: 'cannot_know' }),
    };
    const channels = { slack: channel, email: channel };
    this.pool = createDispatchPool(ledger.url);
    this.dispatcher = new Dispatcher(this.pool, { coversCall: () => true }, channels, {
      ...policy,
      perLane: 100,
      mostHeads,
    });
    this.dispatcher.podId = ledger.podA;
    this.create = laneFactory(channels, this.dispatcher.budget);
  }

  private readonly create: ReturnType<typeof laneFactory>;

  /** Takes over all lanes of the ledger that nobody owns. */
  async adopt(): Promise<void> {
    const client = await this.ledger.pool.connect();
    try {
      const asker = { podId: this.ledger.podA, living: [this.ledger.podA], holds: this.owned };
      this.dispatcher.adopt((await acquireLanes(client, asker, 10_000, 0)).map(this.create));
    } finally {
      client.release();
    }
  }

  /** Resolves when so many requests were made, of one lane or of all. */
  async requests(count: number, lane?: string): Promise<void> {
    const reached = (): boolean => this.sent.filter((sent) => lane === undefined || sent.lane === lane).length >= count;
    if (!reached()) await new Promise<void>((done) => this.waiting.push({ reached, done }));
  }

  /** Resolves when so many deliveries of the lane have their outcome. */
  recorded(lane: string, count: number): Promise<void> {
    return until(async () => {
      const rows = await this.ledger.rows('SELECT FROM delivery WHERE lane = $1 AND settled', [lane]);
      return rows.length >= count;
    });
  }

  /** `waits`: for all that is under way. */
  async stop(waits = true): Promise<void> {
    const stopped = this.dispatcher.stop();
    if (waits) await stopped;
    await this.pool.end();
  }

  private get owned(): string[] {
    return this.dispatcher.owned().map(({ id }) => id);
  }
}
