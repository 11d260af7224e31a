// The confirmation of a connection by the person who began it, which is what makes the installation work. Guarantees:
// only the member who began the connection confirms it; the installation, its sealed tokens, its event and the audit
// entry are one transaction; the rules of admission hold at the moment of the confirmation; confirming again changes
// nothing.
import { AuditLog, notFound, Problem, type Identity } from '@carillon/runtime';
import { createLogger } from '@carillon/telemetry';
import { Injectable } from '@nestjs/common';
import { DataSource, IsNull, LessThan, Not, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { memberActor } from '../audit/actors.ts';
import { Installation } from '../installations/installation.entity.ts';
import { auditView, recordChange } from '../installations/record-change.ts';
import { Policies } from '../policy/policies.ts';
import { lockWorkspace } from '../slack-app/workspace-lock.ts';
import { SlackTasks } from '../slack-tasks/slack-tasks.ts';
import { KeyRingError } from '../tokens/key-ring.ts';
import { SealedTokens } from '../tokens/sealed-tokens.ts';
import { admitGrant } from './admit-grant.ts';
import { ConnectionAttempt } from './connection-attempt.entity.ts';
import { ConnectionRefused, connectionRefusals, type Refusal } from './connection-refusals.ts';
import { granted, newInstallation } from './granted-installation.ts';
import { endGrant, tokensOf, withoutTokens } from './waiting-grant.ts';

const uuid = z.uuid();
const revokeNowMs = 3_000;

@Injectable()
export class ConfirmConnection {
  private readonly log = createLogger('confirm-connection');

  constructor(
    private readonly dataSource: DataSource,
    private readonly sealedTokens: SealedTokens,
    private readonly policies: Policies,
    private readonly tasks: SlackTasks,
    private readonly audit: AuditLog,
  ) {}

  /** @param id of the connection, or of the installation that waits for it */
  async find(tenantId: string, id: string): Promise<ConnectionAttempt> {
    if (!uuid.safeParse(id).success) throw notFound(`connection ${id}`);
    const { manager } = this.dataSource;
    const found =
      (await manager.findOneBy(ConnectionAttempt, { id, tenantId })) ??
      (await manager.findOne(ConnectionAttempt, {
        where: { grantedTo: id, tenantId },
        order: { confirmBy: 'DESC' },
      }));
    if (!found) throw notFound(`connection ${id}`);
    return found;
  }

  async confirm(tenantId: string, id: string, caller: Identity): Promise<Installation> {
    const attempt = await this.find(tenantId, id);
    if (attempt.memberId !== caller.memberId) {
      this.audit.recordRefusal(caller, { route: 'POST /v1/connections/:id/confirm', reason: 'not the one who began' });
      throw new Problem(403, 'Forbidden', 'only the person who began the connection confirms it');
    }
    try {
      return await this.dataSource.transaction((manager) => this.write(manager, attempt, caller));
    } catch (error) {
      if (error instanceof KeyRingError)
        throw new Problem(
          409,
          'Conflict',
          'the key of the granted token is not in TOKEN_KEYS; begin again',
          undefined,
          {
            cause: error,
          },
        );
      if (!(error instanceof ConnectionRefused)) throw error;
      await this.refuse(attempt.id, error.code);
      throw new Problem(409, 'Conflict', error.message, undefined, { cause: error });
    }
  }

  /** Ends what was not confirmed in time. Several processes may try; each row is ended once. */
  async endUnconfirmed(): Promise<void> {
    const late = await this.dataSource.manager.find(ConnectionAttempt, {
      select: { id: true },
      where: { confirmBy: LessThan(new Date()), accessToken: Not(IsNull()) },
      order: { confirmBy: 'ASC' },
      take: 100,
    });
    for (const { id } of late)
      await this.refuse(id, 'not_confirmed').catch((error: unknown) =>
        this.log.warn({ err: error, connection: id }, 'a grant that was not confirmed could not be ended'),
      );
  }

  private async write(manager: EntityManager, known: ConnectionAttempt, caller: Identity): Promise<Installation> {
    const { id } = known;
    const attempt = await lockAttempt(manager, known);
    if (!attempt) throw notFound(`connection ${id}`);
    if (attempt.confirmedAt !== null) {
      const confirmed = await manager.findOneBy(Installation, { id: attempt.grantedTo ?? '' });
      if (!confirmed) throw notFound(`installation ${attempt.grantedTo ?? ''}`);
      return confirmed;
    }
    const { granted: grant, confirmBy, accessToken, refused } = attempt;
    if (refused !== null) throw new Problem(409, 'Conflict', explain(refused));
    if (!grant || accessToken === null || confirmBy === null)
      throw new Problem(409, 'Conflict', 'Slack has not answered this connection yet; open its link first');
    if (confirmBy.getTime() <= Date.now()) throw new ConnectionRefused('not_confirmed');
    const found = await admitGrant(manager, this.policies, attempt, grant);
    const renewed = found?.state === 'pending' ? undefined : found;
    const before = renewed && auditView(renewed);
    const installation = Object.assign(found ?? newInstallation(attempt.grantedTo ?? id, attempt.tenantId, grant), {
      ...granted(attempt, grant),
      ...(attempt.name !== null && { name: attempt.name }),
      state: 'active' as const,
    });
    await recordChange(manager, this.audit, installation, {
      caller,
      action: renewed ? 'reconnected' : 'connected',
      ...(before && { before }),
    });
    const tokens = await this.sealedTokens.open({ ...tokensOf(attempt), installationId: id });
    await this.sealedTokens.store(manager, installation.id, tokens);
    await manager.update(ConnectionAttempt, { id }, { ...withoutTokens, confirmedAt: new Date() });
    await this.askSlack(manager, installation);
    return installation;
  }

  /**
   * Whether the token still works, since the app may have been removed while the confirmation was awaited, and which
   * workspaces of an organisation are covered.
   */
  private async askSlack(manager: EntityManager, { id, tenantId, workspaceId }: Installation): Promise<void> {
    const detail = { because: 'connected' };
    await this.tasks.add(manager, { kind: 'describe', subject: id, tenantId, workspaceId, detail });
  }

  private async refuse(id: string, code: Refusal): Promise<void> {
    const task = await this.dataSource.transaction(async (manager) => {
      const known = await manager.findOneBy(ConnectionAttempt, { id });
      const attempt = known && (await lockAttempt(manager, known));
      if (!attempt || attempt.accessToken === null) return undefined;
      await this.audit.record(manager, memberActor(attempt), {
        action: 'connection.refused',
        subject: `connection:${id}`,
        outcome: 'refused',
        tenantId: attempt.tenantId,
        detail: { reason: code },
      });
      this.log.warn({ tenant: attempt.tenantId, code }, 'a workspace was not connected');
      return endGrant(manager, this.tasks, attempt, code);
    });
    if (task !== undefined) await this.tasks.attempt(task, revokeNowMs);
  }
}

/** The workspace first, as everywhere; else two of these could wait for each other. */
async function lockAttempt(
  manager: EntityManager,
  { id, granted }: ConnectionAttempt,
): Promise<ConnectionAttempt | null> {
  if (granted) await lockWorkspace(manager, granted.workspaceId);
  return manager.findOne(ConnectionAttempt, { where: { id }, lock: { mode: 'pessimistic_write' } });
}

const explain = (code: string): string =>
  Object.hasOwn(connectionRefusals, code) ? connectionRefusals[code as Refusal] : `the connection ended with ${code}`;
