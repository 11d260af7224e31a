// The records of one page of a fan-out: the decisions for those who were found, as for those who are named. It does no
// I/O but what counts bursts.
import { rollUpBursts, type PositionsOf } from '../bursts/roll-up-bursts.ts';
import type { TenantContext } from '../resolution/resolution-context.ts';
import { addVariants, type Variants } from '../resolution/content-variants.ts';
import type { PreparedRequest } from '../resolution/prepared-request.ts';
import { addResolvedRecords } from '../resolution/resolved-records.ts';
import type { Resolved } from '../resolution/resolved-topics.ts';
import { resolve } from '../resolution/resolve.ts';
import type { AudiencePage } from './audience-pages.ts';
import type { FanOut } from './fan-outs.ts';

/** The context with those of a page, who are not remembered with it. */
export const withPeople = (context: TenantContext, { people }: Pick<AudiencePage, 'people'>): TenantContext =>
  people.size === 0 ? context : { ...context, members: new Map([...context.members, ...people]) };

/**
 * @param prepared its request names nobody but those who are found by a search
 * @param at epoch ms
 * @param partitions how many partitions the topic has
 */
export async function decidePage(
  { notificationId, event, position }: FanOut,
  prepared: PreparedRequest,
  page: Pick<AudiencePage, 'found' | 'people'>,
  known: TenantContext,
  at: number,
  partitions: number,
  positionsOf: PositionsOf,
): Promise<Resolved[]> {
  const { request, type, variables } = prepared;
  const context = withPeople(known, page);
  const resolution = resolve(request, type, context, { at, variables }, page.found);
  const variants = withNamed(event, addVariants(prepared, resolution, context));
  if (page.found.length === 0) resolution.reasons.unshift(...(event.reasons ?? []));
  await rollUpBursts([{ request, type, notificationId, tenant: context, resolution }], positionsOf);
  const { source, id, requestHash, requestedAt, traceparent, tracestate } = event;
  const records: Resolved[] = [];
  addResolvedRecords(
    records,
    {
      ...{ notificationId, requestHash, source, id, requestedAt, request, page: position.page },
      variants,
    },
    type,
    resolution,
    { time: new Date(at).toISOString(), traceparent, ...(tracestate !== undefined && { tracestate }) },
    partitions,
  );
  return records;
}

function withNamed({ variants: named }: FanOut['event'], found: Variants | undefined): Variants | undefined {
  return named ? { ...named, ...found } : found;
}
