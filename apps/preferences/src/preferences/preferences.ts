// Reads and changes what organisations and members chose. Guarantees: nothing is read or written outside the given
// tenant. Of two changes that name the same version, one is refused. A change applies to the next notification. It is
// in the audit log if it is stored, with what differs.
import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { memberRecipient } from '@carillon/domain/ids';
import { defineStatement, lockName, runStatement } from '@carillon/persistence';
import { AuditLog, problemOfFields, refuseIfChanged, type Identity } from '@carillon/runtime';
import { DataSource, type EntityManager } from 'typeorm';
import type { MemberChoices, OrganisationDefaults } from '../resolution/resolution-context.ts';
import { recordAudited } from '../resolution/context-version.ts';
import { MemberPreferences } from './member-preferences.entity.ts';
import { OrganisationDefaultsRow } from './organisation-defaults.entity.ts';
import { defaultsOf, memberChoicesOf, storedDefaults, storedMember, type StoredRow } from './stored-choices.ts';

/** `etag` differs after each change, whichever release made it. */
export interface Versioned<T> {
  value: T;
  etag: string;
}

/** `picked`: the installation that the change names, which must be there; null where it names none. */
export type ChangeOfMember = (
  before: MemberChoices,
  defaults: OrganisationDefaults,
) => { choices: MemberChoices; picked: string | null };

/** The name of the lock that everybody holds who changes a member's choices. */
export const preferencesLock = (tenantId: string, memberId: string): string => `preferences:${tenantId}:${memberId}`;

const noChoices = { types: {}, categories: {} };
const neverChanged = '"0"';

@Injectable()
export class Preferences {
  constructor(
    private readonly database: DataSource,
    private readonly audit: AuditLog,
  ) {}

  async defaultsOf(tenantId: string): Promise<Versioned<OrganisationDefaults>> {
    return versionedDefaults(await this.database.manager.findOneBy(OrganisationDefaultsRow, { tenantId }));
  }

  async choicesOf(tenantId: string, memberId: string): Promise<Versioned<MemberChoices>> {
    return versionedChoices(await this.database.manager.findOneBy(MemberPreferences, { tenantId, memberId }));
  }

  /** @param change gets what is stored, and nobody changes it meanwhile */
  async changeDefaults(
    tenantId: string,
    change: (before: OrganisationDefaults) => OrganisationDefaults,
    caller: Identity,
    ifMatch: string | undefined,
  ): Promise<Versioned<OrganisationDefaults>> {
    return this.database.transaction(async (manager) => {
      await lockName(manager, `defaults:${tenantId}`);
      const stored = await manager.findOneBy(OrganisationDefaultsRow, { tenantId });
      const before = versionedDefaults(stored);
      refuseIfChanged(before.etag, ifMatch, stored !== null);
      const value = change(before.value);
      const row = { tenantId, ...storedDefaults(value, stored), ...changedBy(caller, stored) };
      await manager.upsert(OrganisationDefaultsRow, row, ['tenantId']);
      const act = { action: 'defaults.changed', subject: `tenant:${tenantId}` };
      const detail = differing(before.value, value);
      await recordAudited(manager, this.audit, caller, { ...act, tenantId, detail }, null);
      return versionedDefaults(row);
    });
  }

  /** @param change gets what is stored, and nobody changes it meanwhile */
  async changeChoices(
    tenantId: string,
    memberId: string,
    change: ChangeOfMember,
    caller: Identity,
    ifMatch: string | undefined,
  ): Promise<Versioned<MemberChoices>> {
    return this.database.transaction(async (manager) => {
      await lockName(manager, preferencesLock(tenantId, memberId));
      const stored = await manager.findOneBy(MemberPreferences, { tenantId, memberId });
      const before = versionedChoices(stored);
      refuseIfChanged(before.etag, ifMatch, stored !== null);
      const defaults = versionedDefaults(await manager.findOneBy(OrganisationDefaultsRow, { tenantId }));
      const { choices, picked } = change(before.value, defaults.value);
      if (picked !== null) await requireInstallation(manager, tenantId, picked);
      const { slackOff } = choices;
      const row = { tenantId, memberId, slackOff, ...storedMember(choices, stored), ...changedBy(caller, stored) };
      await manager.upsert(MemberPreferences, row, ['tenantId', 'memberId']);
      const recipient = memberRecipient(memberId);
      const act = { action: 'preferences.changed', subject: recipient };
      const detail = differing(before.value, choices);
      await recordAudited(manager, this.audit, caller, { ...act, tenantId, detail }, recipient);
      return versionedChoices(row);
    });
  }
}

/** The installation must be one of the tenant's that may be told in. */
async function requireInstallation(manager: EntityManager, tenantId: string, installationId: string): Promise<void> {
  const found = await runStatement<unknown[]>(manager, selectInstallation({ tenantId, installationId }));
  if (found.length > 0) return;
  throw problemOfFields([{ path: 'installationId', message: 'is no installation of the tenant' }]);
}

const selectInstallation = defineStatement({
  parameters: { tenantId: 'text', installationId: 'text' },
  text: (p) => `
SELECT 1 FROM installation WHERE tenant_id = ${p.tenantId} AND installation_id = ${p.installationId} AND NOT deleted`,
});

interface Version {
  version: string;
  updatedAt: Date;
}

const versionedDefaults = (row: (StoredRow & Version) | null): Versioned<OrganisationDefaults> =>
  row ? { value: defaultsOf(row), etag: etagOf(row) } : { value: noChoices, etag: neverChanged };

const versionedChoices = (row: (StoredRow & Version & { slackOff: boolean }) | null): Versioned<MemberChoices> =>
  row
    ? { value: memberChoicesOf(row), etag: etagOf(row) }
    : { value: { slackOff: false, ...noChoices }, etag: neverChanged };

const changedBy = ({ memberId }: Identity, stored: Version | null): Version & { updatedBy: string } => ({
  updatedBy: memberId,
  updatedAt: new Date(),
  version: String(BigInt(stored?.version ?? 0) + 1n),
});

/** The release before changes rows without their version. */
const etagOf = ({ version, updatedAt }: Version): string => `"${version}-${updatedAt.getTime()}"`;

/** The fields whose values differ, before and after. */
function differing(before: object, after: object): Record<string, unknown> {
  const [old, fresh] = [asJson(before), asJson(after)];
  const names = Object.keys({ ...old, ...fresh }).filter((name) => !isDeepStrictEqual(old[name], fresh[name]));
  const of = (values: Record<string, unknown>): object => Object.fromEntries(names.map((name) => [name, values[name]]));
  return { changed: names, before: of(old), after: of(fresh) };
}

/** As it is stored: without fields that are undefined. */
const asJson = (value: object): Record<string, unknown> => JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
