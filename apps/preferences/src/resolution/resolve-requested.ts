// Requests from Kafka become decisions on Kafka, a batch at a time: read what is known (a few statements), decide
// (pure), publish everything at once, and only then is the offset committed.
// Promises: a request is resolved or refused with a reason, never skipped; resolving it again after a crash gives
// records with the same ids; nothing is awaited per request.
import { Injectable } from '@nestjs/common';
import { notificationOutcome, notificationResolved, type notificationRequested, type NotificationType, type ResolvedNotification } from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import { Publisher, RecordTooLarge, type Batch, type Handles, type Outgoing, type Received, type Rejection } from '@carillon/messaging';
import { attributes, counter, passed } from '@carillon/telemetry';
import { Catalogue } from '../catalogue/catalogue.ts';
import { failedOutcomes } from './failed-outcomes.ts';
import { LoadKnowledge, Questions, type Knowledge } from './load-knowledge.ts';
import { ProcessTraces } from './process-traces.ts';
import { resolve } from './resolve.ts';
import { addResolvedRecords } from './resolved-records.ts';

type Requests = Batch<typeof notificationRequested>;
type Resolved = Outgoing<ResolvedNotification>[];

interface Admitted {
  record: Received<typeof notificationRequested>;
  type: NotificationType;
}

const decisionsMade = counter('carillon_decisions_total', 'Decisions published, by verdict.', ['verdict']);
const requestsRefused = counter('carillon_requests_refused_total', 'Requests that can not be resolved, by reason.', ['reason']);

@Injectable()
export class ResolveRequested implements Handles<typeof notificationRequested> {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly knowledge: LoadKnowledge,
    private readonly publisher: Publisher,
  ) {}

  async handle(batch: Requests): Promise<void> {
    const questions = new Questions();
    const admitted: Admitted[] = [];
    for (const record of batch.records) {
      const admission = this.catalogue.admit(record.data.tenantId, record.source, record.data.type);
      if ('refusal' in admission) batch.reject(record, admission.refusal.code, admission.refusal.detail);
      else {
        questions.add(record.data);
        admitted.push({ record, type: admission.type });
      }
    }
    const knowledge = await this.knowledge.for(questions);
    const traces = new ProcessTraces();
    try {
      const records: Resolved = [];
      const time = new Date().toISOString();
      for (const one of admitted) resolveInto(records, one, knowledge, traces, time);
      passed('resolution.decided');
      await this.publish(batch, records);
      passed('resolution.published');
      count(records);
    } catch (error) {
      if (!(error instanceof RecordTooLarge)) throw error;
      await this.publishOneByOne(batch, admitted, knowledge);
    } finally {
      traces.end();
    }
  }

  async rejected(rejections: Rejection[]): Promise<void> {
    await this.publisher.publish(notificationOutcome, failedOutcomes(rejections, new Date()));
    for (const { code } of rejections) requestsRefused.inc({ reason: code });
  }

  /** Unchecked: what we made ourselves the compiler has checked. */
  private publish(batch: Requests, records: Resolved): Promise<void> {
    return this.publisher.publish(notificationResolved, records, { validate: false, signal: batch.signal });
  }

  /** Some request's resolution does not fit into a record: find it, refuse it, and let the others through (again). */
  private async publishOneByOne(batch: Requests, admitted: Admitted[], knowledge: Knowledge): Promise<void> {
    const traces = new ProcessTraces();
    for (const one of admitted) {
      const records: Resolved = [];
      resolveInto(records, one, knowledge, traces, new Date().toISOString());
      try {
        await this.publish(batch, records);
        count(records);
      } catch (error) {
        if (!(error instanceof RecordTooLarge)) throw error;
        batch.reject(one.record, 'too_large', `with its recipients the notification has ${error.bytes} bytes; ${error.limit} fit`);
      } finally {
        traces.end();
      }
    }
  }
}

function resolveInto(records: Resolved, { record, type }: Admitted, knowledge: Knowledge, traces: ProcessTraces, time: string): void {
  const { data: request, source, id } = record;
  const notificationId = notificationIdOf(request.tenantId, source, id);
  const resolution = resolve(request, type, knowledge.get(request.tenantId)!);
  const { traceparent, tracestate } = traces.of(record, () => ({
    [attributes.tenantId]: request.tenantId,
    [attributes.notificationId]: notificationId,
    [attributes.notificationType]: type.name,
  }));
  const passed = tracestate === undefined ? { time, traceparent } : { time, traceparent, tracestate };
  addResolvedRecords(records, { notificationId, source, id, request }, type, resolution, passed);
}

function count(records: Resolved): void {
  let sent = 0;
  let all = 0;
  for (const { data } of records) {
    all += data.decisions.length;
    for (const { verdict } of data.decisions) if (verdict === 'send') sent++;
  }
  decisionsMade.inc({ verdict: 'send' }, sent);
  decisionsMade.inc({ verdict: 'suppress' }, all - sent);
}
