// Reads and changes what organisations and members chose. Guarantees: nothing is read or written outside the given
// tenant. Of two changes that name the same version, one is refused. A change applies to the next notification. It is
// in the audit log if it is stored, with what differs.
import { Injectable } from '@nestjs/common';
import { memberRecipient } from '@carillon/domain/ids';
import { defineStatement } from '@carillon/persistence';
import { AuditLog, Problem, type AuditAct, type Identity } from '@carillon/runtime';
import { DataSource, type EntityManager } from 'typeorm';
import type { MemberChoices, OrganisationDefaults } from '../resolution/resolution-context.ts';
import { recordChange } from '../resolution/context-version.ts';
import { MemberPreferences } from './member-preferences.entity.ts';
import { OrganisationDefaultsRow } from './organisation-defaults.entity.ts';
import { defaultsOf, memberChoicesOf, storedDefaults, storedMember } from './stored-choices.ts';

/** `etag` differs after each change, whichever release made it. */
export interface Versioned<T> {
  value: T;
  etag: string;
}

const noChoices = { types: {}, categories: {} };
const neverChanged = '"0"';

@Injectable()
export class Preferences {
  constructor(
    private readonly database: DataSource,
    private readonly audit: AuditLog,
  ) {}

  async defaultsOf(tenantId: string, manager = this.database.manager): Promise<Versioned<OrganisationDefaults>> {
    const row = await manager.findOneBy(OrganisationDefaultsRow, { tenantId });
    return row ? { value: defaultsOf(row), etag: etagOf(row) } : { value: noChoices, etag: neverChanged };
  }

  async choicesOf(
    tenantId: string,
    memberId: string,
    manager = this.database.manager,
  ): Promise<Versioned<MemberChoices>> {
    const row = await manager.findOneBy(MemberPreferences, { tenantId, memberId });
    return row
      ? { value: memberChoicesOf(row), etag: etagOf(row) }
      : { value: { slackOff: false, ...noChoices }, etag: neverChanged };
  }

  /** @param change gets what is stored, and nobody changes it meanwhile */
  async changeDefaults(
    tenantId: string,
    change: (before: OrganisationDefaults) => OrganisationDefaults,
    caller: Identity,
    ifMatch: string | undefined,
  ): Promise<Versioned<OrganisationDefaults>> {
    return this.database.transaction(async (manager) => {
      await lock(manager, `defaults:${tenantId}`);
      const before = await this.defaultsOf(tenantId, manager);
      refuseIfChanged(before.etag, ifMatch);
      const row = await manager.findOneBy(OrganisationDefaultsRow, { tenantId });
      const value = change(before.value);
      const changed = { updatedBy: caller.memberId, updatedAt: new Date(), version: nextOf(row) };
      await manager.upsert(OrganisationDefaultsRow, { tenantId, ...storedDefaults(value), ...changed }, ['tenantId']);
      const act = { action: 'defaults.changed', subject: `tenant:${tenantId}` };
      await this.record(manager, caller, { ...act, tenantId, detail: differing(before.value, value) }, null);
      return this.defaultsOf(tenantId, manager);
    });
  }

  /**
   * @param change gets what is stored, and nobody changes it meanwhile
   * @param check of what was made of it, on the connection that holds the lock; a rejection changes nothing
   */
  async changeChoices(
    tenantId: string,
    memberId: string,
    change: (before: MemberChoices) => MemberChoices,
    caller: Identity,
    ifMatch: string | undefined,
    check: (manager: EntityManager) => Promise<void>,
  ): Promise<Versioned<MemberChoices>> {
    return this.database.transaction(async (manager) => {
      await lock(manager, `preferences:${tenantId}:${memberId}`);
      const before = await this.choicesOf(tenantId, memberId, manager);
      refuseIfChanged(before.etag, ifMatch);
      const row = await manager.findOneBy(MemberPreferences, { tenantId, memberId });
      const value = change(before.value);
      await check(manager);
      await manager.upsert(
        MemberPreferences,
        {
          ...{ tenantId, memberId, slackOff: value.slackOff, ...storedMember(value) },
          ...{ updatedBy: caller.memberId, updatedAt: new Date(), version: nextOf(row) },
        },
        ['tenantId', 'memberId'],
      );
      const recipient = memberRecipient(memberId);
      const act = { action: 'preferences.changed', subject: recipient };
      await this.record(manager, caller, { ...act, tenantId, detail: differing(before.value, value) }, recipient);
      return this.choicesOf(tenantId, memberId, manager);
    });
  }

  /** Whether the installation is one of the tenant's that may be told in. */
  async hasInstallation(manager: EntityManager, tenantId: string, installationId: string): Promise<boolean> {
    const { text, values } = selectInstallation({ tenantId, installationId });
    return (await manager.query<unknown[]>(text, values)).length > 0;
  }

  /** The tenant's counter is locked last, or two changes could wait for each other. */
  private async record(
    manager: EntityManager,
    caller: Identity,
    act: AuditAct & { tenantId: string },
    recipient: string | null,
  ): Promise<void> {
    await this.audit.record(manager, caller, act);
    const { text, values } = recordChange({ tenantId: act.tenantId, recipient });
    await manager.query(text, values);
  }
}

const selectInstallation = defineStatement({
  parameters: { tenantId: 'text', installationId: 'text' },
  text: (p) => `
SELECT 1 FROM installation WHERE tenant_id = ${p.tenantId} AND installation_id = ${p.installationId} AND NOT deleted`,
});

const lockKey = defineStatement({
  parameters: { key: 'text' },
  text: (p) => `SELECT pg_advisory_xact_lock(hashtextextended(${p.key}, 0))`,
});

/** A row that is not there yet cannot be locked. */
async function lock(manager: EntityManager, key: string): Promise<void> {
  const { text, values } = lockKey({ key });
  await manager.query(text, values);
}

interface Row {
  version: string;
  updatedAt: Date;
}

const nextOf = (row: Row | null): string => String(BigInt(row?.version ?? 0) + 1n);

/** The release before changes rows without their version. */
const etagOf = ({ version, updatedAt }: Row): string => `"${version}-${updatedAt.getTime()}"`;

function refuseIfChanged(etag: string, ifMatch: string | undefined): void {
  if (ifMatch === undefined || ifMatch === '*' || ifMatch.split(',').some((one) => one.trim() === etag)) return;
  throw new Problem(412, 'Precondition Failed', `it was changed meanwhile: its ETag is ${etag}`);
}

/** The fields whose values differ, before and after. */
function differing(before: object, after: object): Record<string, unknown> {
  const [old, fresh] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  const names = [...new Set([...old.keys(), ...fresh.keys()])].filter(
    (name) => JSON.stringify(old.get(name)) !== JSON.stringify(fresh.get(name)),
  );
  return {
    changed: names,
    before: Object.fromEntries(names.map((name) => [name, old.get(name)])),
    after: Object.fromEntries(names.map((name) => [name, fresh.get(name)])),
  };
}
