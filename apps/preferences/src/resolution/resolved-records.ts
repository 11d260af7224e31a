// The records that carry a resolution to delivery: the content once per record, the recipients by partition.
// Guarantees: a recipient's partition depends on the recipient and on the topic's number of partitions alone. Resolving
// again gives records with the same ids while that number stays. A record has at most 500 recipients, fewer if each has
// mentions. There is at least one record, so that a notification without recipients is known too, with the reasons.
import {
  recipientsPerRecord,
  type Content,
  type Decision,
  type NotificationRequest,
  type NotificationType,
  type ResolvedNotification,
} from '@carillon/domain';
import { partitionOf, type Outgoing } from '@carillon/messaging';
import type { Variants } from './content-variants.ts';
import type { Resolution } from './resolve.ts';

const eventSource = '/carillon/preferences';

export interface Asked {
  notificationId: string;
  requestHash: string;
  source: string;
  id: string;
  /** ISO 8601. */
  requestedAt?: string | undefined;
  /** Has a title. */
  request: NotificationRequest;
  /** Of a fan-out: the records of each page have ids of their own. */
  page?: number | undefined;
  variants?: Variants | undefined;
}

/** What all records of a notification carry along. */
export interface Passed {
  /** When it was resolved, ISO 8601. */
  time: string;
  traceparent: string;
  tracestate?: string;
}

/**
 * Appends to `records`, which one publication of the whole batch carries.
 * @param partitions how many partitions the topic has
 */
export function addResolvedRecords(
  records: Outgoing<ResolvedNotification>[],
  asked: Asked,
  type: NotificationType,
  { decisions, reasons }: Resolution,
  passed: Passed,
  partitions: number,
): void {
  const { tenantId } = asked.request;
  const notification = notificationOf(asked, type);
  const name = asked.page === undefined ? asked.notificationId : `${asked.notificationId}.p${asked.page}`;
  const policies = { ambiguity: type.ambiguity, mutable: type.mutable, retentionDays: type.retentionDays };
  const add = (partition: number, chunk: number, some: Decision[]): void => {
    records.push({
      // Readable, and no second hash on the hottest path there is.
      id: `${name}.${partition}.${chunk}`,
      source: eventSource,
      partition,
      ...passed,
      data:
        some.length === 0
          ? { tenantId, notification, policies, decisions: some, reasons }
          : { tenantId, notification, policies, decisions: some },
    });
  };
  if (decisions.length <= 1) {
    add(partitionOf(decisions[0]?.recipient ?? asked.notificationId, partitions), 0, decisions);
    return;
  }
  const most = mostPerRecord(decisions);
  for (const [partition, some] of byPartition(decisions, partitions)) {
    for (let start = 0, chunk = 0; start < some.length; start += most, chunk++) {
      add(partition, chunk, some.slice(start, start + most));
    }
  }
}

/** Mentions stand with each destination: five of them weigh about as much as the rest of a decision. */
function mostPerRecord(decisions: readonly Decision[]): number {
  let mentions = 0;
  for (const { destinations } of decisions)
    for (const one of destinations)
      if (one.kind === 'slack' && one.mentions) mentions = Math.max(mentions, one.mentions.length);
  return Math.ceil(recipientsPerRecord / (1 + mentions / 5));
}

function byPartition(decisions: Decision[], count: number): Map<number, Decision[]> {
  const partitions = new Map<number, Decision[]>();
  for (const decision of decisions) {
    const partition = partitionOf(decision.recipient, count);
    const some = partitions.get(partition);
    if (some) some.push(decision);
    else partitions.set(partition, [decision]);
  }
  return partitions;
}

function notificationOf(
  { notificationId, requestHash, source, id, requestedAt, request, variants }: Asked,
  type: NotificationType,
): ResolvedNotification['notification'] {
  const {
    title,
    body,
    link,
    facts,
    actions,
    files,
    mentions,
    sender,
    slack,
    expiresAt,
    collapseKey,
    threadKey,
    sequence,
  } = request;
  // Undefined fields vanish in JSON; spelling them out keeps one shape for all, which is what makes this fast.
  const content = { title, body, link, facts, actions, files, mentions, sender, slack } as Content;
  return {
    notificationId,
    requestHash,
    source,
    id,
    requestedAt,
    type: type.name,
    typeTitle: type.title,
    category: type.category,
    content,
    variants,
    priority: request.priority ?? 'normal',
    expiresAt,
    collapseKey,
    threadKey,
    sequence,
  };
}
