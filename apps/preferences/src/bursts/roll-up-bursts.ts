// Rolls up what is too much for a recipient: of the decisions of a batch, those that send at once under a throttle are
// counted, and those beyond its limit become part of one message. Guarantees: the live path and explanations use the
// same function; a batch without a throttle costs no statement; what is urgent, or waits (quiet hours, a digest), is
// not counted.
import type { Decision, NotificationRequest, NotificationType, Throttle } from '@carillon/domain';
import { uuidv5 } from '@carillon/domain/ids';
import { throttleFor } from '../resolution/choose-channels.ts';
import { reason } from '../resolution/reason.ts';
import type { TenantContext } from '../resolution/resolution-context.ts';
import type { Resolution } from '../resolution/resolve.ts';
import { rollUpOf, type BurstClaim, type BurstPosition } from './burst-window.ts';

/** A request with what was decided for it. */
export interface Decided {
  request: Pick<NotificationRequest, 'tenantId' | 'priority' | 'collapseKey'>;
  type: NotificationType;
  /** Absent: it is not sent, so it is decided as one that was never counted. */
  notificationId?: string | undefined;
  tenant: TenantContext;
  resolution: Pick<Resolution, 'decisions'>;
}

/** The positions of the claims, in their order; undefined: it was not counted. */
export type PositionsOf = (claims: readonly BurstClaim[]) => Promise<readonly (BurstPosition | undefined)[]>;

/** Changes the decisions of those that are rolled up. */
export async function rollUpBursts(batch: readonly Decided[], positionsOf: PositionsOf): Promise<void> {
  const claims: BurstClaim[] = [];
  const decisions: Decision[] = [];
  for (const decided of batch) {
    for (const decision of decided.resolution.decisions) {
      const throttle = throttleOf(decision, decided);
      if (!throttle) continue;
      claims.push(claimOf(decision, decided, throttle));
      decisions.push(decision);
    }
  }
  if (claims.length === 0) return;
  for (const [place, position] of (await positionsOf(claims)).entries()) {
    const rolledUp = position && rollUpOf(position, claims[place]!.throttle);
    if (rolledUp) rollUp(decisions[place]!, rolledUp);
  }
}

function throttleOf({ recipient, verdict, mode }: Decision, { request, type, tenant }: Decided): Throttle | undefined {
  if (verdict !== 'send' || mode.kind !== 'now' || request.priority === 'urgent') return undefined;
  const person = recipient.startsWith(member) ? tenant.members.get(recipient.slice(member.length)) : undefined;
  const throttle = throttleFor(type, tenant.defaults, person?.choices)?.value;
  return throttle === 'none' ? undefined : throttle;
}

const member = 'member:';
/** No notification has it. */
const notSent = '00000000-0000-0000-0000-000000000000';

function claimOf(
  { recipient }: Decision,
  { request: { tenantId, collapseKey }, type: { name: type }, notificationId = notSent }: Decided,
  throttle: Throttle,
): BurstClaim {
  const isGroup = collapseKey !== undefined;
  const countedId = isGroup ? uuidv5(tenantId, 'burst', type, collapseKey) : notificationId;
  return { tenantId, type, recipient, countedId, isGroup, throttle };
}

/**
 * No fallback: each of the rolled-up ones that Slack refuses would be an e-mail of its own. No variant: the message
 * says nothing of the content.
 */
function rollUp(decision: Decision, rolledUp: NonNullable<Decision['rollUp']>): void {
  delete decision.fallback;
  delete decision.variant;
  decision.rollUp = rolledUp;
  decision.reasons = [...decision.reasons, reason('rolled_up', `and ${rolledUp.more} more`)];
}
