// The declared tenants and types, and whether a request may be what it says it is.
// Promise: who may publish for a tenant, and which types exist, is decided here and the same for Kafka and REST.
import type { NotificationType, Tenant } from '@carillon/domain';

export type RefusalCode = 'unknown_tenant' | 'source_not_allowed' | 'unknown_type';

export interface Refusal {
  code: RefusalCode;
  /** The field that is wrong, for those who answer a caller. */
  field: 'tenantId' | 'source' | 'type';
  detail: string;
}

export type Admission = { type: NotificationType } | { refusal: Refusal };

export class Catalogue {
  readonly types: readonly NotificationType[];
  private readonly typesByName: Map<string, NotificationType>;
  private readonly tenantsById: Map<string, Tenant>;

  constructor(types: NotificationType[], tenants: Tenant[]) {
    this.types = [...types].sort((a, b) => (a.name < b.name ? -1 : 1));
    this.typesByName = new Map(types.map((type) => [type.name, type]));
    this.tenantsById = new Map(tenants.map((tenant) => [tenant.id, tenant]));
  }

  hasTenant(tenantId: string): boolean {
    return this.tenantsById.has(tenantId);
  }

  tenant(tenantId: string): Tenant | undefined {
    return this.tenantsById.get(tenantId);
  }

  type(name: string): NotificationType | undefined {
    return this.typesByName.get(name);
  }

  categories(): Set<string> {
    return new Set(this.types.map((type) => type.category));
  }

  /** No source: it is not asked whether it may. */
  admit(tenantId: string, source: string | undefined, typeName: string): Admission {
    const tenant = this.tenantsById.get(tenantId);
    if (!tenant) return refuse('unknown_tenant', 'tenantId', `no tenant ${tenantId} is declared`);
    if (source !== undefined && tenant.sources && !tenant.sources.some((allowed) => covers(allowed, source))) {
      return refuse('source_not_allowed', 'source', `${source} may not publish for tenant ${tenantId}`);
    }
    const type = this.typesByName.get(typeName);
    return type ? { type } : refuse('unknown_type', 'type', `no type ${typeName} is in the catalogue`);
  }
}

const covers = (allowed: string, source: string): boolean =>
  allowed.endsWith('*') ? source.startsWith(allowed.slice(0, -1)) : source === allowed;

const refuse = (code: RefusalCode, field: Refusal['field'], detail: string): Admission => ({ refusal: { code, field, detail } });
