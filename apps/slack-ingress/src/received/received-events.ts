// Which events were received before, over all processes and restarts. Guarantees: of the requests that carry an id, one
// publishes it, and the others learn that it is published or in work; ids of concurrent requests share a statement; the
// wait for the database is bounded. While the database does not answer, every id counts as new: an event that is
// published twice does less harm than one that is lost. It does not keep what Slack sent.
import { createLogger, type Logger } from '@carillon/telemetry';
import type { Pool, QueryResult, QueryResultRow } from 'pg';
import { uncheckedEvents } from '../metrics.ts';
import { claimEvents, forgetEvents, markPublished, releaseEvents } from './claim-statements.ts';
import { Gathered } from './gathered.ts';

export type Claim = 'new' | 'published' | 'in_work';

const mostIdsAtOnce = 500;
/** The longest wait for the database, so that the rest of the time for an answer is left to Kafka. */
const databaseMs = 500;
/** After a failure the database is left alone for so long, so that requests do not wait for it one after another. */
const pauseMs = 1_000;
const forgetEveryMs = 60_000;

export class ReceivedEvents {
  private readonly claims: Gathered<string, Claim>;
  private readonly published: Gathered<string, void>;
  private readonly log: Logger = createLogger('received-events');
  private pausedUntil = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly pool: Pool) {
    this.claims = new Gathered(mostIdsAtOnce, (ids) => this.claimAll(ids));
    this.published = new Gathered(mostIdsAtOnce, (ids) => this.markAll(ids));
  }

  /** Deletes old ids in small steps, for as long as the service runs. */
  start(): void {
    const forget = (): void =>
      void this.forget().catch((err: unknown) => this.log.warn({ err }, 'old event ids were not deleted'));
    this.timer = setInterval(forget, forgetEveryMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.published.idle();
  }

  /** @param ids of one request: all of them are claimed, or none */
  async claim(ids: readonly string[]): Promise<Claim> {
    if (performance.now() < this.pausedUntil) return this.asNew();
    const claims = await Promise.all(ids.map((id) => this.claims.add(id)));
    const refused = claims.find((claim) => claim !== 'new');
    if (refused === undefined) return 'new';
    const own = ids.filter((_, i) => claims[i] === 'new');
    if (own.length > 0) await this.release(own);
    return refused;
  }

  /** Kafka has the event. The caller does not wait. */
  confirm(ids: readonly string[]): void {
    for (const id of ids) void this.published.add(id);
  }

  /** The event was not published, so that the next attempt may do it. Never throws. */
  async release(ids: readonly string[]): Promise<void> {
    await this.ask(releaseEvents({ ids })).catch((err: unknown) => this.pause(err));
  }

  private async claimAll(ids: readonly string[]): Promise<Claim[]> {
    // An id that occurs twice belongs to the first of the requests.
    const distinct = [...new Set(ids)];
    try {
      const { rows } = await this.ask<{ id: string; claimed: boolean; published: boolean }>(
        claimEvents({ ids: distinct }),
      );
      const found = new Map<string, Claim>(
        rows.map(({ id, claimed, published }) => [id, claimed ? 'new' : published ? 'published' : 'in_work']),
      );
      return ids.map((id) => {
        const claim = found.get(id) ?? 'in_work';
        if (claim === 'new') found.set(id, 'in_work');
        return claim;
      });
    } catch (err) {
      this.pause(err);
      return ids.map(() => this.asNew());
    }
  }

  private async markAll(ids: readonly string[]): Promise<void[]> {
    await this.ask(markPublished({ ids: [...new Set(ids)] })).catch((err: unknown) => this.pause(err));
    return ids.map(() => undefined);
  }

  private async forget(): Promise<void> {
    for (let deleted = mostIdsAtOnce; deleted === mostIdsAtOnce; )
      deleted = (await this.pool.query(forgetEvents({ most: mostIdsAtOnce }))).rowCount ?? 0;
  }

  /** Also bounded where the link is cut, and where no connection is free. */
  private async ask<R extends QueryResultRow>(statement: { text: string; values: unknown[] }): Promise<QueryResult<R>> {
    let timer: NodeJS.Timeout | undefined;
    const query = this.pool.query<R>({ ...statement, query_timeout: databaseMs } as typeof statement);
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${databaseMs} ms`)), databaseMs);
    });
    try {
      return await Promise.race([query, late]);
    } finally {
      clearTimeout(timer);
      query.catch(() => undefined);
    }
  }

  private asNew(): Claim {
    uncheckedEvents.inc();
    return 'new';
  }

  private pause(err: unknown): void {
    if (performance.now() >= this.pausedUntil)
      this.log.warn({ err }, 'the database does not answer: events are published unchecked');
    this.pausedUntil = performance.now() + pauseMs;
  }
}
