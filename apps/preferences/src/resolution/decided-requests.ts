// What the requests of a batch come to: decided without I/O, and turned into records and fan-outs. Guarantee: a request
// of which nothing is decided in the batch has at least a fan-out.
import type { NotificationRequest, notificationRequested } from '@carillon/domain';
import type { Received } from '@carillon/messaging';
import { attributes } from '@carillon/telemetry';
import type { Decided } from '../bursts/roll-up-bursts.ts';
import type { FanOut } from '../fan-out/fan-outs.ts';
import { isWide } from '../fan-out/wide-audiences.ts';
import type { RunStep } from '../quota/work-shares.ts';
import { addVariants, type Variants } from './content-variants.ts';
import type { PreparedRequest } from './prepared-request.ts';
import type { ProcessTraces } from './process-traces.ts';
import type { ResolutionContext } from './resolution-context.ts';
import { resolve, type Resolution } from './resolve.ts';
import { addResolvedRecords } from './resolved-records.ts';
import type { PartitionsOf, Resolved } from './resolved-topics.ts';

export interface Admitted extends PreparedRequest {
  record: Received<typeof notificationRequested>;
  notificationId: string;
  /** Of the request as it came. */
  requestHash: string;
}

export interface ResolvingBatch {
  context: ResolutionContext;
  traces: ProcessTraces;
  /** Epoch ms. */
  at: number;
  partitions: PartitionsOf;
}

/** What a batch comes to. */
export interface Made {
  /** Those that were decided. */
  requests: Admitted[];
  records: Resolved[];
  /** Whose audience is found by a search: added after the records are published. */
  fanOuts: FanOut[];
}

export interface DecidedRequest extends Decided {
  resolution: Resolution;
  variants: Variants | undefined;
}

/** Undefined: nothing of it is decided in the batch. */
export function decide(
  admitted: Admitted,
  { context, at }: ResolvingBatch,
  run: RunStep<Admitted['record']>,
): DecidedRequest | undefined {
  const { request, type, notificationId, variables, wide } = admitted;
  const named = wide.length === 0 ? request : namedOf(request);
  if (!named) return undefined;
  const tenant = context.get(request.tenantId)!;
  const resolution = resolve(named, type, tenant, { at, variables });
  const write = (): Variants | undefined => addVariants(admitted, resolution, tenant);
  // A template writes each language; the rest takes no time.
  const variants = admitted.template ? run(admitted.record, write) : write();
  return { request, type, notificationId, tenant, resolution, variants };
}

export function addMade(
  made: Made,
  { record, request, type, notificationId, requestHash, wide }: Admitted,
  decided: DecidedRequest | undefined,
  { traces, at, partitions }: ResolvingBatch,
): void {
  const { tenantId } = request;
  const { source, id } = record;
  const requestedAt = new Date(record.timestamp).toISOString();
  const trace = traces.of(record, () => ({
    [attributes.tenantId]: tenantId,
    [attributes.notificationId]: notificationId,
    [attributes.notificationType]: type.name,
  }));
  const found = decided?.resolution.decisions.length ?? 0;
  // Where others are to be found, it is not known yet that the notification reaches nobody.
  if (decided && (found > 0 || wide.length === 0)) {
    const { traceparent, tracestate } = trace;
    const time = new Date(at).toISOString();
    addResolvedRecords(
      made.records,
      { notificationId, requestHash, source, id, requestedAt, request, variants: decided.variants },
      type,
      decided.resolution,
      tracestate === undefined ? { time, traceparent } : { time, traceparent, tracestate },
      partitions(tenantId),
    );
  }
  if (wide.length > 0) {
    const reasons = decided?.resolution.reasons.filter(({ code }) => code !== 'nobody');
    const event = {
      source,
      id,
      requestHash,
      requestedAt,
      request: record.data,
      type,
      ...trace,
      reasons,
      variants: decided?.variants,
    };
    made.fanOuts.push({ notificationId, tenantId, event, position: { step: 0, after: '', page: 0, found } });
  }
}

/** What of it is decided in the batch; undefined: nothing. */
function namedOf(request: NotificationRequest): NotificationRequest | undefined {
  const to = request.to!.filter((audience) => !isWide(audience));
  return to.length > 0 ? { ...request, to } : undefined;
}
