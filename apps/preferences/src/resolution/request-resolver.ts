// Turns a batch of requests into `resolved` records: checks them against their types, loads the context and claims the
// ids (a few statements in parallel), decides without I/O, and publishes all records in one call. Guarantees: a request
// is resolved or refused with a reason, never skipped. An id that was used before with other content is refused; a
// refused request leaves its id free for a corrected one. Resolving again after a crash gives records with the same
// ids. No I/O is done per request. What a throttle holds for is counted by one transaction for the batch.
import { Injectable } from '@nestjs/common';
import { isPlatformRequest, notificationOutcome, platformSource, type notificationRequested } from '@carillon/domain';
import { notificationIdOf, requestHashOf } from '@carillon/domain/ids';
import { Publisher, RecordTooLarge, type Batch, type Rejection } from '@carillon/messaging';
import { checkpoint } from '@carillon/telemetry';
import { decisionsMade, requestsRefused } from '../metrics.ts';
import { Tenants } from '@carillon/runtime';
import { RecentEvents } from '../workflows/recent-events.ts';
import { BurstWindows } from '../bursts/burst-windows.ts';
import { rollUpBursts } from '../bursts/roll-up-bursts.ts';
import { CatalogueRefresh } from '../catalogue/catalogue-refresh.ts';
import { Catalogue } from '../catalogue/catalogue.ts';
import { RequestDigests } from '../digests/request-digests.ts';
import { idReused, idReusedDetail, reuseRecord } from '../digests/reuse-records.ts';
import { FanOuts } from '../fan-out/fan-outs.ts';
import { TimeSlice } from '../quota/time-slice.ts';
import { WorkShares, type RunStep } from '../quota/work-shares.ts';
import { strangerIn, type ContentFault } from '../ingestion/content-faults.ts';
import { failedOutcomes } from './failed-outcomes.ts';
import { ContextLoader } from './context-loader.ts';
import {
  addMade,
  decide,
  type Admitted,
  type DecidedRequest,
  type Made,
  type ResolvingBatch,
} from './decided-requests.ts';
import { loadContext } from './load-context.ts';
import { prepareRequest } from './prepared-request.ts';
import { ProcessTraces } from './process-traces.ts';
import type { ResolutionContext } from './resolution-context.ts';
import { resolve } from './resolve.ts';
import { ResolvedTopics, type PartitionsOf, type Resolved } from './resolved-topics.ts';

export type Requests = Batch<typeof notificationRequested>;

@Injectable()
export class RequestResolver {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly contexts: ContextLoader,
    private readonly digests: RequestDigests,
    private readonly publisher: Publisher,
    private readonly topics: ResolvedTopics,
    private readonly tenants: Tenants,
    private readonly refresh: CatalogueRefresh,
    private readonly fanOuts: FanOuts,
    private readonly bursts: BurstWindows,
    private readonly recent: RecentEvents,
  ) {}

  /** @param shares whoever gives them resolves later what they defer; without them nothing is deferred */
  async resolve(batch: Requests, shares = new WorkShares()): Promise<void> {
    await this.refresh.lookFor(batch.records.map(({ data }) => data.type));
    const refusals: Refusal[] = [];
    const candidates = await this.admit(batch, refusals, shares.stage());
    const running = shares.stage();
    const loading = loadContext(this.contexts, candidates, ({ record }, step) => running(record, step));
    // Only for raw blocks that name users the ids wait for what is known: what is refused must not claim its id.
    const admitted = candidates.some(({ users }) => users.length > 0)
      ? refuseStrangers(refusals, candidates, await loading, shares)
      : candidates;
    const [context, reused, partitions] = await Promise.all([
      loading,
      this.digests.refused(admitted),
      this.topics.partitionsOf(admitted.map(({ record }) => record.data.tenantId)),
    ]);
    const accepted = reused.size === 0 ? admitted : admitted.filter((_, place) => !reused.has(place));
    const traces = new ProcessTraces();
    const resolving = { context, traces, at: Date.now(), partitions };
    try {
      const made = await this.make(accepted, resolving, shares);
      // Not before: what is deferred is refused when it is resolved.
      for (const { record, code, detail } of refusals) if (!shares.defers(record)) batch.reject(record, code, detail);
      const reuses: Resolved[] = [];
      for (const place of reused) {
        const one = admitted[place]!;
        if (!shares.defers(one.record)) reuses.push(refuseReuse(batch, one, partitions));
      }
      checkpoint('resolution.decided');
      try {
        const records = [...made.records, ...reuses];
        await this.topics.publish(records, { signal: batch.signal });
        checkpoint('resolution.published');
        count(records);
        await this.fanOuts.add(made.fanOuts);
        this.keepRecent(made.requests);
      } catch (error) {
        if (!(error instanceof RecordTooLarge)) throw error;
        await this.topics.publish(reuses, { signal: batch.signal });
        await this.publishOneByOne(batch, made.requests, context, partitions);
      }
    } finally {
      traces.end();
    }
  }

  /** A reused id has no outcome: it would be taken for one of the notification that stands under this id. */
  async rejected(rejections: Rejection[]): Promise<void> {
    const reported = rejections.filter(({ code }) => code !== idReused);
    await this.publisher.publish(notificationOutcome, failedOutcomes(reported, new Date()));
    for (const { code } of rejections) requestsRefused.inc({ reason: code });
  }

  private async admit(
    batch: Requests,
    refusals: Refusal[],
    run: RunStep<Requests['records'][number]>,
  ): Promise<Admitted[]> {
    const admitted: Admitted[] = [];
    const slice = new TimeSlice();
    for (const record of batch.records) {
      await slice.yieldIfOver();
      const one = run(record, () => this.admitOne(record));
      if (!one) continue;
      if ('code' in one) refusals.push(one);
      else admitted.push(one);
    }
    return admitted;
  }

  private admitOne(record: Requests['records'][number]): Admitted | Refusal {
    const { data, source, id } = record;
    const admission = this.catalogue.admit(data.tenantId, source, data.type);
    if ('refusal' in admission) return { record, code: admission.refusal.code, detail: admission.refusal.detail };
    if (source === platformSource && !isPlatformRequest(data)) {
      const detail = `only Carillon publishes with the source ${platformSource}`;
      return { record, code: 'source_not_allowed', detail };
    }
    const tenantName = this.tenants.nameOf(data.tenantId);
    const prepared = prepareRequest(data, admission.type, { source, id, tenantName }, this.catalogue);
    if ('fault' in prepared) return refusalOf(record, prepared.fault);
    const notificationId = notificationIdOf(data.tenantId, source, id);
    return { ...prepared, record, notificationId, requestHash: requestHashOf(data) };
  }

  private keepRecent(accepted: readonly Admitted[]): void {
    for (const { record, notificationId } of accepted) {
      const { data, source, id } = record;
      if (this.recent.allows(data.tenantId))
        this.recent.keep({ notificationId, source, id, request: data, at: new Date() });
    }
  }

  private async make(accepted: readonly Admitted[], batch: ResolvingBatch, shares = new WorkShares()): Promise<Made> {
    const made: Made = { requests: [], records: [], fanOuts: [] };
    const decided: (DecidedRequest | undefined)[] = [];
    const slice = new TimeSlice();
    const run = shares.stage();
    for (const admitted of accepted) {
      await slice.yieldIfOver();
      if (shares.defers(admitted.record)) continue;
      const one = decide(admitted, batch, run);
      if (shares.defers(admitted.record)) continue;
      made.requests.push(admitted);
      decided.push(one);
    }
    await rollUpBursts(
      decided.filter((one) => one !== undefined),
      (claims) => this.bursts.take(claims, batch.at),
    );
    for (const [place, admitted] of made.requests.entries()) addMade(made, admitted, decided[place], batch);
    return made;
  }

  /** Some request's resolution does not fit into a record: find it, refuse it, and let the others through (again). */
  private async publishOneByOne(
    batch: Requests,
    accepted: readonly Admitted[],
    context: ResolutionContext,
    partitions: PartitionsOf,
  ): Promise<void> {
    const traces = new ProcessTraces();
    for (const one of accepted) {
      const made = await this.make([one], { context, traces, at: Date.now(), partitions });
      try {
        await this.topics.publish(made.records, { signal: batch.signal });
        count(made.records);
        await this.fanOuts.add(made.fanOuts);
        this.keepRecent([one]);
      } catch (error) {
        if (!(error instanceof RecordTooLarge)) throw error;
        await this.digests.release(one);
        batch.reject(
          one.record,
          'too_large',
          `with its recipients the notification has ${error.bytes} bytes; ${error.limit} fit`,
        );
      } finally {
        traces.end();
      }
    }
  }
}

interface Refusal {
  record: Requests['records'][number];
  code: string;
  detail: string;
}

/** Refuses those whose raw blocks name users who hear nothing of them; returns the others. */
function refuseStrangers(
  refusals: Refusal[],
  candidates: readonly Admitted[],
  context: ResolutionContext,
  shares: WorkShares,
): Admitted[] {
  return candidates.filter(({ record, request, type, users, variables }) => {
    if (shares.defers(record)) return false;
    if (users.length === 0) return true;
    const moment = { at: Date.now(), variables };
    const stranger = strangerIn(users, resolve(request, type, context.get(request.tenantId)!, moment));
    if (stranger) refusals.push(refusalOf(record, stranger));
    return stranger === undefined;
  });
}

const refusalOf = (record: Refusal['record'], { code, path, detail }: ContentFault): Refusal => ({
  record,
  code,
  detail: `${path}: ${detail}`,
});

function refuseReuse(
  batch: Requests,
  { record, type, notificationId, requestHash }: Admitted,
  partitions: PartitionsOf,
): Resolved {
  const { topic, partition, offset, source, id, data } = record;
  batch.reject(record, idReused, idReusedDetail(source, id));
  const detail = `a dead letter from ${topic}/${partition}/${offset}`;
  const { tenantId } = data;
  return reuseRecord({ tenantId, notificationId, source, id, requestHash, type, detail }, partitions(tenantId));
}

function count(records: Resolved[]): void {
  let sent = 0;
  let all = 0;
  for (const { data } of records) {
    all += data.decisions.length;
    for (const { verdict } of data.decisions) if (verdict === 'send') sent++;
  }
  decisionsMade.inc({ verdict: 'send' }, sent);
  decisionsMade.inc({ verdict: 'suppress' }, all - sent);
}
