// The tenants that the operator declared in a file. Promises: a tenant comes from the caller's token and nowhere else,
// and one that is not declared gets no further, whatever its token says.
import { readFileSync } from 'node:fs';
import { tenantsFile, type Tenant } from '@carillon/domain';
import { Problem, type Identity } from '@carillon/runtime';
import { parse } from 'yaml';

export class Tenants {
  private readonly byId: ReadonlyMap<string, Tenant>;

  constructor(tenants: readonly Tenant[]) {
    this.byId = new Map(tenants.map((tenant) => [tenant.id, tenant]));
  }

  /** Throws naming the file and the field when it is not as it must be. */
  static load(path: string): Tenants {
    const read = tenantsFile.safeParse(parse(readFileSync(path, 'utf8')));
    if (!read.success) {
      const wrong = read.error.issues.map((issue) => `${issue.path.join('.') || '(file)'}: ${issue.message}`);
      throw new Error(`${path}: ${wrong.join('; ')}`);
    }
    return new Tenants(read.data.tenants);
  }

  has(id: string): boolean {
    return this.byId.has(id);
  }

  /** The caller's tenant. */
  of(caller: Identity): string {
    if (caller.tenantId === undefined) throw new Problem(403, 'No tenant', 'The token names no tenant.');
    if (!this.has(caller.tenantId)) throw new Problem(403, 'Unknown tenant', `The tenant ${caller.tenantId} is not declared.`);
    return caller.tenantId;
  }
}
