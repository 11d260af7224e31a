// Goes through the audiences that are found by a search, page by page, beside the requests of Kafka. Guarantees: nobody
// waits for a large audience: pages are decided in the time that requests leave, at a bounded rate, and tenants take
// turns; a page is published before its place is stored, so that a crash repeats one page, whose people delivery knows
// already; memory holds one page. What fails is tried again after a pause, while others go on.
import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { notificationOutcome, type NotificationType } from '@carillon/domain';
import { Publisher, RecordTooLarge } from '@carillon/messaging';
import { CONFIG, Lifecycle, Tenants } from '@carillon/runtime';
import { checkpoint, createLogger } from '@carillon/telemetry';
import { fanOutFailures, fanOutPages } from '../metrics.ts';
import { DataSource } from 'typeorm';
import { BurstWindows } from '../bursts/burst-windows.ts';
import { Catalogue } from '../catalogue/catalogue.ts';
import type { Config } from '../config.ts';
import { Pace, SpareCapacity } from '../quota/spare-capacity.ts';
import { TenantTurns } from '../quota/tenant-turns.ts';
import { ContextLoader } from '../resolution/context-loader.ts';
import { failedOutcomes } from '../resolution/failed-outcomes.ts';
import { loadContext } from '../resolution/load-context.ts';
import { prepareRequest, type PreparedRequest } from '../resolution/prepared-request.ts';
import { ResolvedTopics } from '../resolution/resolved-topics.ts';
import { AudiencePages } from './audience-pages.ts';
import { decidePage } from './decide-page.ts';
import { FanOuts, type FanOut, type Position } from './fan-outs.ts';
import { elsewhereOf, stepsOf } from './wide-audiences.ts';

/** Some 50 ms of deciding. */
const pageSize = 1_000;
/** After this time another tenant may have its turn. */
const sliceMs = 1_000;
const pollMs = 500;
/** A page of one waits for Kafka and the database, while those of others are decided. */
const atOnce = 3;
/** What cannot be decided for so long has a defect: it ends as failed. */
const givenUpAfterMs = 24 * 3_600_000;
const retryMs = 5_000;
const forgetEveryMs = 3_600_000;

@Injectable()
export class RunFanOuts implements OnApplicationBootstrap {
  private readonly log = createLogger('fan-out');
  private readonly turns = new TenantTurns();
  private readonly pace: Pace;
  private readonly stopping = new AbortController();

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly dataSource: DataSource,
    private readonly fanOuts: FanOuts,
    private readonly pages: AudiencePages,
    private readonly contexts: ContextLoader,
    private readonly catalogue: Catalogue,
    private readonly tenants: Tenants,
    private readonly topics: ResolvedTopics,
    private readonly publisher: Publisher,
    private readonly capacity: SpareCapacity,
    private readonly bursts: BurstWindows,
    private readonly lifecycle: Lifecycle,
  ) {
    this.pace = new Pace(config.FAN_OUT_RECIPIENTS_PER_SECOND);
  }

  onApplicationBootstrap(): void {
    if (!this.dataSource.isInitialized) return;
    const running = Promise.all(Array.from({ length: atOnce }, () => this.run()));
    const forgetting = setInterval(() => void this.forget(), forgetEveryMs).unref();
    this.lifecycle.onStop('work', 'fan-outs', async () => {
      clearInterval(forgetting);
      this.stopping.abort();
      await running;
    });
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const worked = await this.next().catch((error: unknown) => {
        this.log.warn({ err: error }, 'fan-outs could not be read; it is tried again');
        return false;
      });
      if (!worked) await this.fanOuts.untilAdded(pollMs, signal);
    }
  }

  /** False: there is nothing to do. */
  private async next(): Promise<boolean> {
    const waiting = new Set(await this.fanOuts.waitingTenants());
    while (waiting.size > 0) {
      const tenantId = this.turns.next(waiting);
      const fanOut = await this.fanOuts.claim(tenantId);
      if (fanOut) {
        await this.goOn(fanOut);
        return true;
      }
      // Others have all of it.
      waiting.delete(tenantId);
    }
    return false;
  }

  private async goOn(claimed: FanOut): Promise<void> {
    const { signal } = this.stopping;
    const end = performance.now() + sliceMs;
    let fanOut = claimed;
    try {
      const prepared = this.prepare(fanOut);
      while (performance.now() < end && !signal.aborted) {
        this.turns.served(fanOut.tenantId);
        const position = await this.page(fanOut, prepared);
        if (!position) return;
        fanOut = { ...fanOut, position };
      }
      await this.fanOuts.release(fanOut);
    } catch (error) {
      if (signal.aborted) return void (await this.fanOuts.release(fanOut).catch(() => undefined));
      fanOutFailures.inc();
      const { notificationId, tenantId, begunAt = Date.now() } = fanOut;
      if (begunAt < Date.now() - givenUpAfterMs) return void (await this.giveUp(fanOut, 'internal', error));
      this.log.warn({ err: error, notificationId, tenantId }, 'a page of an audience failed; it is tried again');
      await this.fanOuts.release(fanOut, retryMs).catch(() => undefined);
    }
  }

  /** Where the next page begins; undefined: there is none, or another process goes on. */
  private async page(fanOut: FanOut, prepared: PreparedRequest): Promise<Position | undefined> {
    const { tenantId, position } = fanOut;
    const steps = stepsOf(prepared.wide);
    const step = steps[position.step];
    if (!step) {
      if (position.found === 0) await this.publish(fanOut, prepared, { found: [], people: new Map() });
      await this.fanOuts.finish(fanOut);
      return undefined;
    }
    const elsewhere = elsewhereOf(prepared.request.to ?? [], steps.slice(0, position.step));
    for (let count = pageSize; ; count = Math.ceil(count / 10)) {
      const page = await this.pages.read(step, { tenantId, after: position.after, count, elsewhere });
      try {
        if (page.found.length > 0) {
          await this.capacity.turn(page.found.length, this.stopping.signal, this.pace);
          this.stopping.signal.throwIfAborted();
          await this.publish(fanOut, prepared, page);
        }
      } catch (error) {
        if (!(error instanceof RecordTooLarge)) throw error;
        if (count > 1) continue;
        await this.giveUp(fanOut, 'too_large', error);
        return undefined;
      }
      const next = {
        ...(page.after === undefined
          ? { step: position.step + 1, after: '' }
          : { step: position.step, after: page.after }),
        page: position.page + 1,
        found: position.found + page.found.length,
      };
      if (next.step >= steps.length && next.found > 0) {
        await this.fanOuts.finish(fanOut, next);
        return undefined;
      }
      return (await this.fanOuts.advance(fanOut, next)) ? next : undefined;
    }
  }

  private async publish(
    fanOut: FanOut,
    prepared: PreparedRequest,
    page: Parameters<typeof decidePage>[2],
  ): Promise<void> {
    const { tenantId } = fanOut;
    // Whom the request names besides was decided with its batch.
    const paged = { ...prepared, request: { ...prepared.request, to: [...prepared.wide] } };
    const [context, partitions] = await Promise.all([
      loadContext(this.contexts, [paged]),
      this.topics.partitionsOf([tenantId]),
    ]);
    const at = Date.now();
    const known = context.get(tenantId)!;
    const records = await decidePage(fanOut, paged, page, known, at, partitions(tenantId), (claims) =>
      this.bursts.take(claims, at),
    );
    await this.topics.publish(records, { signal: this.stopping.signal });
    checkpoint('fan-out.published');
    fanOutPages.inc();
  }

  /** Not even one recipient fits into a record beside the content, or nothing of it can be decided. */
  private async giveUp(fanOut: FanOut, code: 'too_large' | 'internal', error: unknown): Promise<void> {
    const { event, tenantId, notificationId } = fanOut;
    this.log.error({ err: error, notificationId, tenantId, code }, 'a notification to many ends as failed');
    await this.publisher.publish(
      notificationOutcome,
      failedOutcomes([{ ...event, code, data: { tenantId } }], new Date()),
    );
    await this.fanOuts.finish(fanOut);
  }

  /** By the type as it was when the request was accepted: what it has accepted cannot be refused any more. */
  private prepare({ event, tenantId }: FanOut): PreparedRequest {
    const { request, source, id } = event;
    const type = this.known(event.type);
    const prepared = prepareRequest(
      request,
      type,
      { source, id, tenantName: this.tenants.nameOf(tenantId) },
      this.catalogue,
    );
    if ('fault' in prepared) throw new Error(`${prepared.fault.path}: ${prepared.fault.detail}`);
    return prepared;
  }

  /** The same object as the catalogue's, where it has not changed: its schema and template are compiled. */
  private known(type: NotificationType): NotificationType {
    const known = this.catalogue.type(type.name);
    return known && isDeepStrictEqual(known, type) ? known : type;
  }

  private async forget(): Promise<void> {
    await this.fanOuts
      .forget()
      .catch((error: unknown) =>
        this.log.warn({ err: error }, 'what is done could not be deleted; the next run tries'),
      );
  }
}
