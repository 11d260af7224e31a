// Reads, renames, disconnects and deletes the installations of a tenant. Guarantees: an installation of another tenant
// gets 404; disconnecting and deleting change the state at once, and the tokens are revoked at Slack, however long
// Slack gives no answer; every change is one transaction with its event and its audit entry; both may be repeated.
import { timestamp } from '@carillon/domain';
import { AuditLog, notFound, Problem, type AuditCaller } from '@carillon/runtime';
import { Injectable } from '@nestjs/common';
import { DataSource, In, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { ConnectionAttempt } from '../connecting/connection-attempt.entity.ts';
import { isNameTaken } from '../connecting/installation-names.ts';
import { endGrantsOf } from '../connecting/waiting-grant.ts';
import { lockWorkspace } from '../slack-app/workspace-lock.ts';
import { SlackTasks } from '../slack-tasks/slack-tasks.ts';
import { SealedTokens } from '../tokens/sealed-tokens.ts';
import { countInstallations } from './count-installations.ts';
import { Installation } from './installation.entity.ts';
import { auditView, lockInstallation, recordChange, recordDeletion } from './record-change.ts';

const uuid = z.uuid();
/** A caller waits so long for Slack's confirmation; after that the revocation goes on in the background. */
const revokeNowMs = 4_000;

/** The position of a page: after this installation. `timestamp` accepts only years that PostgreSQL accepts. */
export const installationPosition = z.tuple([timestamp, z.uuid()]);

@Injectable()
export class Installations {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sealedTokens: SealedTokens,
    private readonly tasks: SlackTasks,
    private readonly audit: AuditLog,
  ) {}

  /** In the order in which they were first connected. */
  async list(tenantId: string, count: number, after?: z.infer<typeof installationPosition>): Promise<Installation[]> {
    const query = this.dataSource.manager
      .createQueryBuilder(Installation, 'installation')
      .where('installation.tenantId = :tenantId', { tenantId })
      .orderBy('installation.installedAt')
      .addOrderBy('installation.id')
      .limit(count);
    if (after)
      query.andWhere('(installation.installedAt, installation.id) > (:at::timestamptz, :id::uuid)', {
        at: after[0],
        id: after[1],
      });
    return query.getMany();
  }

  /**
   * What serves a workspace: its own installation, and after it the organisation-wide one that covers it. Not those
   * that are disconnected or not confirmed.
   */
  async serving(tenantId: string, teamId: string): Promise<Installation[]> {
    return this.dataSource.manager
      .createQueryBuilder(Installation, 'installation')
      .where(`installation.tenantId = :tenantId AND installation.state IN ('active', 'lost')`, { tenantId })
      .andWhere(
        `(installation.teamId = :teamId OR (installation.isEnterpriseInstall AND :teamId = ANY (installation.teamIds)))`,
        { teamId },
      )
      .orderBy('installation.isEnterpriseInstall')
      .addOrderBy('installation.id')
      .getMany();
  }

  async get(tenantId: string, id: string): Promise<Installation> {
    const found = uuid.safeParse(id).success
      ? await this.dataSource.manager.findOneBy(Installation, { id, tenantId })
      : null;
    if (!found) throw notFound(`installation ${id}`);
    return found;
  }

  /** Those that count against the policy. */
  count(tenantId: string): Promise<number> {
    return countInstallations(this.dataSource.manager, tenantId);
  }

  async rename(tenantId: string, id: string, name: string, caller: AuditCaller): Promise<Installation> {
    await this.get(tenantId, id);
    return this.dataSource.transaction(async (manager) => {
      const installation = await this.lock(manager, id, tenantId);
      if (installation.name === name) return installation;
      if (installation.state === 'pending') throw unconfirmed();
      if (await isNameTaken(manager, tenantId, name, id)) {
        const message = 'is the name of another installation';
        throw new Problem(409, 'Conflict', 'another installation has this name', [{ path: 'name', message }], {
          refusalReason: 'name_taken',
        });
      }
      const before = auditView(installation);
      installation.name = name;
      await recordChange(manager, this.audit, installation, { caller, action: 'renamed', before });
      return installation;
    });
  }

  async disconnect(tenantId: string, id: string, caller: AuditCaller): Promise<Installation> {
    const known = await this.get(tenantId, id);
    if (known.state === 'disconnected') return known;
    const { installation, revocations } = await this.dataSource.transaction(async (manager) => {
      await lockWorkspace(manager, known.workspaceId);
      const installation = await this.lock(manager, id, tenantId);
      if (installation.state === 'pending') throw unconfirmed();
      if (installation.state === 'disconnected') return { installation, revocations: [] };
      const before = auditView(installation);
      Object.assign(installation, { state: 'disconnected', stateReason: 'disconnected_by_admin' });
      const revocations = [
        await this.revokeLater(manager, installation, false),
        ...(await endGrantsOf(manager, this.tasks, id, 'installation_gone')),
      ];
      await this.sealedTokens.forget(manager, id);
      await recordChange(manager, this.audit, installation, { caller, action: 'disconnected', before });
      return { installation, revocations };
    });
    await this.revokeNow(revocations);
    return installation;
  }

  async delete(tenantId: string, id: string, caller: AuditCaller): Promise<void> {
    const known = await this.get(tenantId, id);
    const revocations = await this.dataSource.transaction(async (manager) => {
      await lockWorkspace(manager, known.workspaceId);
      const installation = await this.lock(manager, id, tenantId);
      const uninstall = await this.isLast(manager, installation);
      // A revocation that still waits since a disconnect is the last chance to remove the app.
      if (uninstall) await this.tasks.uninstallToo(manager, id);
      const revocations = [
        await this.revokeLater(manager, installation, uninstall),
        ...(await endGrantsOf(manager, this.tasks, id, 'installation_gone')),
      ];
      // What it says of people goes with it.
      await manager.delete(ConnectionAttempt, [{ installationId: id }, { grantedTo: id }]);
      if (installation.state === 'pending') await manager.delete(Installation, { id });
      else {
        const before = auditView(installation);
        await recordDeletion(manager, this.audit, installation, { caller, action: 'deleted', before });
      }
      return revocations;
    });
    await this.revokeNow(revocations);
  }

  private async revokeNow(revocations: readonly (string | undefined)[]): Promise<void> {
    await Promise.all(revocations.flatMap((task) => (task === undefined ? [] : this.tasks.attempt(task, revokeNowMs))));
  }

  /** Undefined where it has no token. */
  private async revokeLater(
    manager: EntityManager,
    { id, tenantId, workspaceId }: Installation,
    uninstall: boolean,
  ): Promise<string | undefined> {
    const tokens = await this.sealedTokens.lock(manager, id);
    if (!tokens) return undefined;
    return this.tasks.add(manager, {
      kind: 'revoke',
      subject: id,
      tenantId,
      workspaceId,
      detail: { uninstall },
      tokens,
    });
  }

  /** Whether nobody else uses the app in the workspace, so that it is removed from it. */
  private async isLast(manager: EntityManager, { id, workspaceId }: Installation): Promise<boolean> {
    const users = await manager.findBy(Installation, { workspaceId, state: In(['active', 'pending']) });
    return users.every((other) => other.id === id);
  }

  private async lock(manager: EntityManager, id: string, tenantId: string): Promise<Installation> {
    const installation = await lockInstallation(manager, id, tenantId);
    if (!installation) throw notFound(`installation ${id}`);
    return installation;
  }
}

const unconfirmed = (): Problem =>
  new Problem(409, 'Conflict', 'the installation waits for its confirmation: confirm it, or delete it', undefined, {
    refusalReason: 'not_confirmed',
  });
