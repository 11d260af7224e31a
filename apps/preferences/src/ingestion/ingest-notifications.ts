// Takes posted notifications: checks each, claims their ids in one statement, and publishes them in one call.
// Guarantees: an item is accepted only after Kafka has acknowledged it (acks -1); the same source and id with equal
// content is the same notification, and with other content it is refused; an item that is refused keeps back no other.
//
// Where Kafka does not acknowledge in time, the whole call is a 503, and nothing is known of its records: Kafka may
// have stored some whose acknowledgement was lost. So the claims stay: an equal request that comes later is accepted,
// one with other content under the same id is a conflict. Claims stay even where surely nothing was sent: another
// process may have accepted an equal request by the same claim, and without it a different content would be accepted
// too. A claim ends only where the content can never be published (too large): equal content is too large as well.
import { Injectable } from '@nestjs/common';
import { notificationRequested, type NotificationRequest } from '@carillon/domain';
import { notificationIdOf, requestHashOf } from '@carillon/domain/ids';
import { Publisher, RecordTooLarge, type Outgoing } from '@carillon/messaging';
import { Problem, Tenants, unavailable, type Identity } from '@carillon/runtime';
import { notificationsPosted } from '../metrics.ts';
import { CatalogueRefresh } from '../catalogue/catalogue-refresh.ts';
import { Catalogue } from '../catalogue/catalogue.ts';
import { RequestDigests } from '../digests/request-digests.ts';
import { idReusedDetail, reuseRecord } from '../digests/reuse-records.ts';
import { TimeSlice } from '../quota/time-slice.ts';
import { ContextLoader } from '../resolution/context-loader.ts';
import { loadContext } from '../resolution/load-context.ts';
import { resolve } from '../resolution/resolve.ts';
import { ResolvedTopics } from '../resolution/resolved-topics.ts';
import { strangerIn } from './content-faults.ts';
import { IngestLimits } from './ingest-limits.ts';
import { namedBy, readPostedItem, type PostedItem } from './posted-item.ts';
import { admit, contentProblem, type Admitted } from './posted-notification.ts';

/** Of what happens to an item: the id of the accepted notification, or why it was refused. */
export type IngestResult = { notificationId: string } | { problem: Problem };

/** So that a caller has its 503 within five seconds. */
const acknowledgementMs = 4_000;

interface Candidate extends Admitted, PostedItem {
  place: number;
  notificationId: string;
  requestHash: string;
}

@Injectable()
export class IngestNotifications {
  constructor(
    private readonly publisher: Publisher,
    private readonly catalogue: Catalogue,
    private readonly digests: RequestDigests,
    private readonly contexts: ContextLoader,
    private readonly topics: ResolvedTopics,
    private readonly limits: IngestLimits,
    private readonly tenants: Tenants,
    private readonly refresh: CatalogueRefresh,
  ) {}

  /**
   * One result per item, in their order.
   * @throws Problem 503 where Kafka does not acknowledge; nothing is known to be accepted then
   */
  async ingest(items: readonly unknown[], caller: Identity): Promise<IngestResult[]> {
    const signal = AbortSignal.timeout(acknowledgementMs);
    const results = new Array<IngestResult>(items.length);
    const candidates = await this.admitted(items, caller, results);
    await this.refuseStrangers(candidates, results);
    const open = candidates.filter(({ place }) => results[place] === undefined);
    const reused = await this.digests.refusedDurably(open);
    const refused = open.filter((_, at) => reused.has(at));
    const accepted = open.filter((_, at) => !reused.has(at));
    for (const { place, posted } of refused) results[place] = { problem: conflict(posted) };
    await Promise.all([
      this.publish(accepted, results, signal),
      this.tellReuse(refused, `posted by ${caller.memberId}`, signal),
    ]);
    for (const result of results)
      notificationsPosted.inc({ status: 'problem' in result ? String(result.problem.status) : '202' });
    return results;
  }

  private async admitted(items: readonly unknown[], caller: Identity, results: IngestResult[]): Promise<Candidate[]> {
    const candidates: Candidate[] = [];
    const limited = this.limits.check(items, caller);
    await this.refresh.lookFor(items.flatMap((item, place) => (limited[place] ? [] : (namedBy(item, 'type') ?? []))));
    const slice = new TimeSlice();
    for (const [place, item] of items.entries()) {
      await slice.yieldIfOver();
      const begun = performance.now();
      try {
        if (limited[place]) throw limited[place];
        const read = readPostedItem(item);
        const admission = admit(read.posted, caller, this.catalogue, this.tenants);
        const { source, id } = read.posted;
        const notificationId = notificationIdOf(admission.request.tenantId, source, id);
        candidates.push({
          ...read,
          ...admission,
          place,
          notificationId,
          requestHash: requestHashOf(admission.request),
        });
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        results[place] = { problem: error };
      }
      this.limits.charge(item, caller, performance.now() - begun);
    }
    return candidates;
  }

  /** Only where raw blocks name users does a request have to wait for what is known about its tenant. */
  private async refuseStrangers(candidates: readonly Candidate[], results: IngestResult[]): Promise<void> {
    const naming = candidates.filter(({ prepared }) => prepared.users.length > 0);
    if (naming.length === 0) return;
    const known = await loadContext(
      this.contexts,
      naming.map(({ prepared }) => prepared),
    );
    const at = Date.now();
    for (const { place, prepared } of naming) {
      const { request, type, users, variables } = prepared;
      const stranger = strangerIn(users, resolve(request, type, known.get(request.tenantId)!, { at, variables }));
      if (stranger) results[place] = { problem: contentProblem(stranger) };
    }
  }

  /** Equal items of one id are one record. */
  private async publish(accepted: readonly Candidate[], results: IngestResult[], signal: AbortSignal): Promise<void> {
    const byId = new Map(accepted.map((candidate) => [candidate.notificationId, candidate]));
    const candidates = [...byId.values()];
    const tooLarge = await this.send(candidates, signal).then(
      () => new Map<string, Problem>(),
      (error: unknown) => {
        if (error instanceof RecordTooLarge) return this.sendApart(candidates, signal);
        throw unacknowledged(error);
      },
    );
    for (const { place, notificationId } of accepted) {
      const problem = tooLarge.get(notificationId);
      results[place] = problem ? { problem } : { notificationId };
    }
  }

  private send(candidates: readonly Candidate[], signal: AbortSignal): Promise<void> {
    const events = candidates.map(({ posted: { id, source }, request, traceparent, tracestate }) => ({
      ...{ id, source, data: request },
      ...(traceparent === undefined ? {} : { traceparent }),
      ...(tracestate === undefined ? {} : { tracestate }),
    })) satisfies Outgoing<NotificationRequest>[];
    return this.publisher.publish(notificationRequested, events, { validate: false, signal });
  }

  /**
   * Some record is too large, and the error does not name all of them. What was sent before is sent once more, which
   * changes nothing. Returns those that are too large, by their id; the ids are free again.
   */
  private async sendApart(candidates: readonly Candidate[], signal: AbortSignal): Promise<Map<string, Problem>> {
    const ends = await Promise.allSettled(candidates.map((candidate) => this.send([candidate], signal)));
    const tooLarge = new Map<string, Problem>();
    const failures: unknown[] = [];
    for (const [at, end] of ends.entries()) {
      if (end.status === 'fulfilled') continue;
      if (end.reason instanceof RecordTooLarge) {
        await this.digests.release(candidates[at]!);
        tooLarge.set(candidates[at]!.notificationId, largerThan(end.reason.limit));
      } else failures.push(end.reason);
    }
    if (failures.length > 0) throw unacknowledged(failures[0]);
    return tooLarge;
  }

  /** A line in the timeline of the first notification. The caller is refused all the same where Kafka takes none. */
  private async tellReuse(refused: readonly Candidate[], detail: string, signal: AbortSignal): Promise<void> {
    if (refused.length === 0) return;
    const publish = async (): Promise<void> => {
      const partitions = await this.topics.partitionsOf(refused.map(({ request }) => request.tenantId));
      const records = refused.map(
        ({ notificationId, requestHash, type, request: { tenantId }, posted: { source, id } }) =>
          reuseRecord({ tenantId, notificationId, requestHash, source, id, type, detail }, partitions(tenantId)),
      );
      await this.topics.publish(records, { signal });
    };
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.race([publish(), aborted]).catch(() => undefined);
  }
}

const conflict = ({ source, id }: PostedItem['posted']): Problem =>
  new Problem(409, 'Conflict', idReusedDetail(source, id), [{ path: 'id', message: 'was used for other content' }]);

const largerThan = (limit: number): Problem =>
  new Problem(413, 'Content Too Large', `at most ${limit} bytes fit in one notification`, [
    { path: '', message: `is larger than ${limit} bytes` },
  ]);

const unacknowledged = (cause: unknown): Problem =>
  unavailable('Kafka did not acknowledge in time; posting the same again is safe.', cause, 5);
