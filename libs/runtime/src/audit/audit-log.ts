// What a service writes into the audit log: `record` for an act, in the transaction of the act itself, and
// `recordRefusal` for a request that was refused. Guarantees: service, actor, time and id are filled in here; a text or
// a detail that the log cannot hold is cut, so that what a stranger sent never fails the act; a caller cannot fill the
// log at the speed of its requests (refusals.ts). It does not decide what is worth an entry.
import { randomUUID } from 'node:crypto';
import {
  isStorableJson,
  storable,
  tenantId as tenantIdSchema,
  type AuditActor,
  type AuditEntry,
} from '@carillon/domain';
import { recordAudit, type Queryable } from '@carillon/persistence';
import type { Identity } from '../auth/identity.ts';
import { RefusalCounter, type CountedRefusal, type Refusal } from './refusals.ts';

/** Who acts: the caller of a request (`@Caller()`), or Slack or Carillon itself. */
export type AuditCaller =
  | Pick<Identity, 'tenantId' | 'memberId' | 'roles' | 'address'>
  | { actor: AuditActor; tenantId?: string; address?: string };

export interface AuditAct {
  /** `defaults.changed`, `installation.disconnected`: words of lower case letters with dots between them. */
  action: string;
  /** `installation:<id>`, `member:ada`, `lane:T1`. */
  subject: string;
  /** Default `done`. */
  outcome?: AuditEntry['outcome'];
  /** A few facts, at most 4 kB as JSON. Never content, an address, a token or a secret. */
  detail?: Record<string, unknown>;
  /** Of what was acted on, where the caller has none or several. Default: the caller's. */
  tenantId?: string;
}

export interface AuditLogOptions {
  service: string;
  /** Where entries go that belong to no transaction of the service: refusals. */
  write: (entries: AuditEntry[]) => Promise<void>;
  /** One entry per caller, route and reason in this time. Default one minute. */
  refusalIntervalMs?: number;
}

const MOST_DETAIL_BYTES = 4_096;

export class AuditLog {
  private readonly refusals: RefusalCounter;

  constructor(private readonly options: AuditLogOptions) {
    const write = (counted: CountedRefusal[]): Promise<void> =>
      options.write(counted.map((one) => this.entryOf(one.caller, actOf(one), one.lastAt)));
    this.refusals = new RefusalCounter({
      write,
      ...(options.refusalIntervalMs === undefined ? {} : { intervalMs: options.refusalIntervalMs }),
    });
  }

  /** @param tx the transaction of the act: a pg client, or TypeORM's EntityManager */
  async record(tx: Queryable, caller: AuditCaller, ...acts: AuditAct[]): Promise<void> {
    const now = new Date();
    await recordAudit(
      tx,
      acts.map((act) => this.entryOf(caller, act, now)),
    );
  }

  /** Returns at once. Counted with others of the caller, route and reason, and written within a minute. */
  recordRefusal(caller: AuditCaller, refusal: Refusal): void {
    const actor = actorOf(caller);
    this.refusals.add({ actor, ...(caller.tenantId === undefined ? {} : { tenantId: caller.tenantId }) }, refusal);
  }

  /** Writes what was counted so far: at the end of the process, and in specs. */
  flush(): Promise<void> {
    return this.refusals.flush();
  }

  private entryOf(
    caller: AuditCaller,
    { action, subject, outcome = 'done', detail, tenantId = caller.tenantId }: AuditAct,
    at: Date,
  ): AuditEntry {
    const tenant = tenantIdSchema.safeParse(tenantId);
    const { address } = caller;
    return {
      id: randomUUID(),
      ...(tenant.success && { tenantId: tenant.data }),
      service: this.options.service,
      actor: actorOf(caller),
      action,
      outcome,
      subject: cut(subject, 300),
      ...((detail !== undefined || address !== undefined) && {
        detail: { ...(detail && boundedDetail(detail)), ...(address !== undefined && { address }) },
      }),
      at: at.toISOString(),
    };
  }
}

export function actorOf(caller: AuditCaller): AuditActor {
  if ('actor' in caller) return { ...caller.actor, id: cut(caller.actor.id, 200) };
  const kind = (['service', 'operator', 'product'] as const).find((role) => caller.roles.includes(role)) ?? 'member';
  return { kind, id: cut(caller.memberId, 200), roles: caller.roles.slice(0, 10) };
}

function actOf({ refusal, count, firstAt }: CountedRefusal): AuditAct {
  const { route, reason, status } = refusal;
  return {
    action: 'request.refused',
    subject: `route:${route}`,
    outcome: 'refused',
    detail: { reason, ...(status !== undefined && { status }), count, since: firstAt.toISOString() },
  };
}

function boundedDetail(detail: Record<string, unknown>): Record<string, unknown> {
  const bytes = Buffer.byteLength(JSON.stringify(detail));
  if (bytes <= MOST_DETAIL_BYTES && isStorableJson(detail) && Object.keys(detail).every((name) => name.length <= 60))
    return detail;
  return {
    omitted: `${bytes} bytes of detail`,
    fields: Object.keys(detail)
      .slice(0, 20)
      .map((name) => cut(name, 60)),
  };
}

/** Not in the middle of a character. */
function cut(text: string, most: number): string {
  const short = text.length <= most ? storable(text) : `${storable(text.slice(0, most - 1)).replace(/\ufffd$/, '')}…`;
  return short || '(empty)';
}
