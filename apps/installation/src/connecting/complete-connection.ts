// Slack's answer to a connection: exchanges the code for a grant, and stores the grant until the person who began the
// connection confirms it. Guarantees: nothing of a tenant's installations changes before the confirmation; a new
// installation is `pending` until then, and no other service hears of it; the tokens of a refused grant are revoked at
// Slack, except where an active installation uses them.
import { randomUUID } from 'node:crypto';
import { plainLine, storable } from '@carillon/domain';
import { AuditLog } from '@carillon/runtime';
import { createLogger } from '@carillon/telemetry';
import { Injectable } from '@nestjs/common';
import { DataSource, IsNull, Not, type EntityManager } from 'typeorm';
import { memberActor } from '../audit/actors.ts';
import { Installation } from '../installations/installation.entity.ts';
import { Policies } from '../policy/policies.ts';
import type { Grant, Tokens } from '../slack-app/grant.ts';
import { SlackApp } from '../slack-app/slack-app.ts';
import { lockWorkspace } from '../slack-app/workspace-lock.ts';
import { SlackTasks } from '../slack-tasks/slack-tasks.ts';
import { SealedTokens } from '../tokens/sealed-tokens.ts';
import { admitGrant } from './admit-grant.ts';
import { ConnectionAttempt } from './connection-attempt.entity.ts';
import { ConnectionRefused } from './connection-refusals.ts';
import { granted, newInstallation } from './granted-installation.ts';
import { isNameTaken } from './installation-names.ts';
import { observe, type ObservedGrant } from './observed-grant.ts';
import { columnsOf, endGrant, endGrantsOf } from './waiting-grant.ts';

/** How long a grant waits for its confirmation. */
const confirmationMs = 30 * 60_000;
/** The browser waits for it; what takes longer goes on in the background. */
const revokeNowMs = 3_000;

@Injectable()
export class CompleteConnection {
  private readonly log = createLogger('complete-connection');

  constructor(
    private readonly dataSource: DataSource,
    private readonly slack: SlackApp,
    private readonly sealedTokens: SealedTokens,
    private readonly policies: Policies,
    private readonly tasks: SlackTasks,
    private readonly audit: AuditLog,
  ) {}

  /**
   * @param verifier of PKCE
   * @returns the id of the installation that a confirmation creates or renews. Throws ConnectionRefused, SlackRefused
   *   or SlackUnavailable.
   */
  async complete(attempt: ConnectionAttempt, code: string, verifier: string): Promise<string> {
    const grant = await this.slack.exchange(code, verifier);
    let id: string;
    try {
      const { requireWorkspaceAdmin } = await this.policies.get(attempt.tenantId);
      const observed = await observe(this.slack, grant, requireWorkspaceAdmin);
      id = await this.dataSource.transaction((manager) => this.keep(manager, attempt, grant.tokens, observed));
    } catch (error) {
      await this.revoke(attempt, grant);
      throw error;
    }
    await this.refuseIfRevoked(attempt, grant);
    return id;
  }

  /**
   * Without rotation Slack hands out the same token again. A revocation that was repeated between Slack's answer and
   * the storing of the grant has ended it; from the storing on, none does.
   */
  private async refuseIfRevoked({ id }: ConnectionAttempt, { tokens, workspaceId }: Grant): Promise<void> {
    const death = await this.slack.deathOf(tokens.accessToken).catch(() => undefined);
    if (death === undefined) return;
    await this.dataSource.transaction(async (manager) => {
      await lockWorkspace(manager, workspaceId);
      const waiting = await manager.findOneBy(ConnectionAttempt, { id, accessToken: Not(IsNull()) });
      if (waiting) await endGrant(manager, this.tasks, waiting, 'revoked_meanwhile');
    });
    throw new ConnectionRefused('revoked_meanwhile');
  }

  private async keep(
    manager: EntityManager,
    attempt: ConnectionAttempt,
    tokens: Tokens,
    observed: ObservedGrant,
  ): Promise<string> {
    const { tenantId } = attempt;
    await lockWorkspace(manager, observed.workspaceId);
    const renewed = await admitGrant(manager, this.policies, attempt, observed);
    const id = renewed?.id ?? randomUUID();
    // This grant has no tokens in its row yet, so it is not one of those.
    if (renewed) await endGrantsOf(manager, this.tasks, renewed.id, 'superseded');
    if (!renewed || renewed.state === 'pending') {
      const name = attempt.name ?? (await this.freeName(manager, tenantId, observed, id));
      const pending = { ...granted(attempt, observed), name, state: 'pending' as const };
      await manager.save(Installation, Object.assign(renewed ?? newInstallation(id, tenantId, observed), pending));
    }
    await manager.update(
      ConnectionAttempt,
      { id: attempt.id },
      {
        granted: observed,
        grantedTo: id,
        confirmBy: new Date(Date.now() + confirmationMs),
        ...columnsOf(await this.sealedTokens.seal(attempt.id, tokens)),
      },
    );
    await this.audit.record(manager, memberActor(attempt), {
      action: 'connection.granted',
      subject: `connection:${attempt.id}`,
      tenantId,
      detail: { installationId: id, workspaceId: observed.workspaceId, scopes: observed.scopes },
    });
    return id;
  }

  /** The workspace's name at Slack, in the form of an installation's name, with a number where it is taken. */
  private async freeName(
    manager: EntityManager,
    tenantId: string,
    observed: ObservedGrant,
    id: string,
  ): Promise<string> {
    const { workspaceName, name, workspaceId } = observed;
    const plain = plainLine(storable((workspaceName ?? name ?? '').slice(0, 90))) || workspaceId;
    for (let n = 1; ; n++) {
      const candidate = n === 1 ? plain : `${plain} ${n}`;
      if (!(await isNameTaken(manager, tenantId, candidate, id))) return candidate;
    }
  }

  private async revoke(attempt: ConnectionAttempt, grant: Grant): Promise<void> {
    try {
      await this.revokeByTask(attempt, grant);
    } catch (error) {
      // The database may be what failed. Without rotation it may be the token of an installation that works.
      this.log.error(
        { err: error, workspaceId: grant.workspaceId },
        'the revocation of a refused grant was not stored',
      );
      if (grant.tokens.refreshToken !== undefined)
        await this.slack.revokeOne(grant.tokens.accessToken).catch(() => undefined);
    }
  }

  private async revokeByTask(attempt: ConnectionAttempt, { tokens, workspaceId }: Grant): Promise<void> {
    const sealed = await this.sealedTokens.seal(attempt.id, tokens);
    const task = await this.tasks.add(this.dataSource.manager, {
      kind: 'revoke',
      subject: attempt.id,
      tenantId: attempt.tenantId,
      workspaceId,
      detail: { uninstall: false },
      tokens: sealed,
    });
    await this.tasks.attempt(task, revokeNowMs);
  }
}
