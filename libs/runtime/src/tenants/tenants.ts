// The tenants that the operator declared, and which identity provider may speak for them. Guarantees: only a declared
// tenant is a tenant (`__proto__` is none: they are compared as keys of a Map); in production mode every tenant names
// its sources, and where several identity providers are accepted each is bound to tenants and roles.
import { defaultCell, type Cell, type IssuerBinding, type Role, type Tenant } from '@carillon/domain';
import { createLogger } from '@carillon/telemetry';
import { DeclarationError, readDeclarations } from '../config/declarations.ts';
import { coversSource } from './source-list.ts';

export interface TenantRules {
  /** The identity providers of AUTH_ISSUERS. */
  issuers: readonly string[];
  /** Whether a tenant may leave out its sources. */
  mode: 'production' | 'development';
}

export class Tenants {
  /** Empty where the platform is one cell. */
  readonly cells: readonly Cell[];
  private readonly byId: ReadonlyMap<string, Tenant>;
  private readonly bindings: ReadonlyMap<string, IssuerBinding> | undefined;

  constructor(tenants: readonly Tenant[], bindings?: readonly IssuerBinding[], cells: readonly Cell[] = []) {
    this.cells = cells;
    this.byId = new Map(tenants.map((tenant) => [tenant.id, tenant]));
    this.bindings = bindings && new Map(bindings.map((binding) => [binding.url, binding]));
  }

  /** Throws DeclarationError, which names the file and every wrong field. */
  static load(file: string, { issuers, mode }: TenantRules): Tenants {
    const { tenants, issuers: bindings, cells } = readDeclarations(file);
    const problems: string[] = [];
    if (!bindings && issuers.length > 1) {
      problems.push(
        'issuers: must say which tenants and roles each of AUTH_ISSUERS may speak for, since there are several',
      );
    }
    const anySource = tenants.filter((tenant) => tenant.sources === undefined).map(({ id }) => id);
    if (anySource.length > 0 && mode === 'production') {
      problems.push(
        `sources: ${anySource.join(', ')} must list the CloudEvents sources of its products (CARILLON_MODE=development accepts any)`,
      );
    }
    if (problems.length > 0) throw new DeclarationError(file, problems);
    if (anySource.length > 0)
      createLogger('tenants').warn({ tenants: anySource }, 'these tenants accept events from any source');
    return new Tenants(tenants, bindings, cells);
  }

  /** Whether tenants belong to several cells. */
  get divided(): boolean {
    return this.cells.length > 1;
  }

  /** @throws DeclarationError where the file has cells and lacks this one */
  checkCell(id: string): void {
    if (this.cells.length > 0 ? !this.cells.some((cell) => cell.id === id) : id !== defaultCell)
      throw new DeclarationError('TENANTS_FILE', [`cells: does not list ${id}, the cell of this process`]);
  }

  has(id: string): boolean {
    return this.byId.has(id);
  }

  get(id: string): Tenant | undefined {
    return this.byId.get(id);
  }

  /** What people call the tenant; its id where it is not declared. */
  nameOf(id: string): string {
    return this.byId.get(id)?.name ?? id;
  }

  all(): Tenant[] {
    return [...this.byId.values()];
  }

  /** The cell that takes its new decisions; of an unknown tenant the first one, which refuses them. */
  cellOf(id: string): string {
    return this.byId.get(id)?.cell ?? defaultCell;
  }

  /** False for a tenant that is not declared. */
  allowsSource(tenantId: string, source: string): boolean {
    const tenant = this.byId.get(tenantId);
    return tenant !== undefined && coversSource(tenant.sources, source);
  }

  issuerMaySpeakFor(issuer: string, tenantId: string): boolean {
    if (!this.bindings) return true;
    const tenants = this.bindings.get(issuer)?.tenants;
    return tenants === '*' || (tenants?.includes(tenantId) ?? false);
  }

  /** What a token without a tenant takes: bound to every tenant, not to some. */
  issuerMaySpeakForAll(issuer: string): boolean {
    return !this.bindings || this.bindings.get(issuer)?.tenants === '*';
  }

  /** Those of the roles that the issuer may give. */
  rolesFrom(issuer: string, roles: readonly Role[]): Role[] {
    if (!this.bindings) return [...roles];
    const given = this.bindings.get(issuer)?.roles ?? [];
    return roles.filter((role) => given.includes(role));
  }
}
