// Reads, renames, disconnects and deletes the installations of a tenant. Guarantees: an installation of another tenant
// gets 404; a disconnected or deleted installation has no working token at Slack, so both fail with 502 while Slack
// gives no answer; every change is one transaction with its event and its audit entry.
import { timestamp } from '@carillon/domain';
import { AuditLog, notFound, Problem, type AuditCaller } from '@carillon/runtime';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { ConnectionAttempt } from '../connecting/connection-attempt.entity.ts';
import { SlackRefused, SlackUnavailable } from '../slack-app/errors.ts';
import { SlackApp } from '../slack-app/slack-app.ts';
import { SealedTokens } from '../tokens/sealed-tokens.ts';
import { Installation } from './installation.entity.ts';
import { auditView, lockInstallation, recordChange, recordDeletion } from './record-change.ts';

const uuid = z.uuid();

/** The position of a page: after this installation. `timestamp` accepts only years that PostgreSQL accepts. */
export const installationPosition = z.tuple([timestamp, z.uuid()]);

@Injectable()
export class Installations {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sealedTokens: SealedTokens,
    private readonly slack: SlackApp,
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

  async get(tenantId: string, id: string): Promise<Installation> {
    const found = uuid.safeParse(id).success
      ? await this.dataSource.manager.findOneBy(Installation, { id, tenantId })
      : null;
    if (!found) throw notFound(`installation ${id}`);
    return found;
  }

  async rename(tenantId: string, id: string, name: string, caller: AuditCaller): Promise<Installation> {
    await this.get(tenantId, id);
    return this.dataSource.transaction(async (manager) => {
      const installation = await lockInstallation(manager, id, tenantId);
      if (!installation) throw notFound(`installation ${id}`);
      if (installation.name === name) return installation;
      const before = auditView(installation);
      installation.name = name;
      await recordChange(manager, this.audit, installation, { caller, action: 'renamed', before });
      return installation;
    });
  }

  async disconnect(tenantId: string, id: string, caller: AuditCaller): Promise<Installation> {
    const known = await this.get(tenantId, id);
    if (known.state === 'disconnected') return known;
    await this.revoke(known);
    return this.dataSource.transaction(async (manager) => {
      const installation = await this.lockUnchanged(known, manager);
      const before = auditView(installation);
      Object.assign(installation, { state: 'disconnected', stateReason: 'disconnected_by_admin' });
      await this.sealedTokens.forget(manager, id);
      await recordChange(manager, this.audit, installation, { caller, action: 'disconnected', before });
      return installation;
    });
  }

  async delete(tenantId: string, id: string, caller: AuditCaller): Promise<void> {
    const known = await this.get(tenantId, id);
    await this.revoke(known);
    await this.dataSource.transaction(async (manager) => {
      const installation = await this.lockUnchanged(known, manager);
      await manager.delete(ConnectionAttempt, { installationId: id });
      await recordDeletion(manager, this.audit, installation, {
        caller,
        action: 'deleted',
        before: auditView(installation),
      });
    });
  }

  private async revoke(installation: Installation): Promise<void> {
    const row = await this.sealedTokens.find(installation.id);
    if (!row) return;
    try {
      await this.slack.revoke(await this.sealedTokens.open(row));
    } catch (cause) {
      if (!(cause instanceof SlackUnavailable || cause instanceof SlackRefused)) throw cause;
      const detail = `Slack did not confirm that the token is revoked (${cause instanceof SlackRefused ? cause.code : cause.detail}); nothing was changed, try again`;
      throw new Problem(502, 'Slack did not answer', detail, undefined, { cause });
    }
  }

  /** Only the revoked authorisation is ended: a newer one has a token that works. */
  private async lockUnchanged(
    known: Installation,
    manager: Parameters<typeof lockInstallation>[0],
  ): Promise<Installation> {
    const installation = await lockInstallation(manager, known.id, known.tenantId);
    if (!installation) throw notFound(`installation ${known.id}`);
    if (installation.authorizedAt.getTime() !== known.authorizedAt.getTime()) {
      throw new Problem(409, 'Conflict', 'the installation was connected again meanwhile; look at it and decide again');
    }
    return installation;
  }
}
