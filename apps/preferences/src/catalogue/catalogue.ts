// The declared tenants and notification types, and the checks of a request against them. Guarantees: who may publish
// for a tenant, and which types exist, is decided here, in the same way for Kafka and REST; a change of the types is
// seen as a whole. It holds what catalogue-refresh.ts read last.
import { isDeepStrictEqual } from 'node:util';
import { isPlatformType, platformSource, platformTypes, type NotificationType } from '@carillon/domain';
import type { Tenants } from '@carillon/runtime';
import { compileType, type CompiledType } from './compiled-type.ts';

export type RefusalCode = 'unknown_tenant' | 'source_not_allowed' | 'unknown_type';

export interface Refusal {
  code: RefusalCode;
  /** The field that is wrong, for those who answer a caller. */
  field: 'tenantId' | 'source' | 'type';
  detail: string;
}

export type Admission = { type: NotificationType } | { refusal: Refusal };

export class Catalogue {
  /** By name. */
  types: readonly NotificationType[] = [];
  private typesByName: ReadonlyMap<string, NotificationType> = new Map();
  private readonly compiledTypes = new WeakMap<NotificationType, CompiledType>();

  /** @param declared by files */
  constructor(
    readonly declared: readonly NotificationType[],
    private readonly tenants: Tenants,
  ) {
    this.replace(declared);
  }

  /** A type that is as before stays the same object, with what was compiled of it. */
  replace(types: readonly NotificationType[]): void {
    const before = this.typesByName;
    // A declaration of the operator's wins over Carillon's own.
    const byName = new Map([...platformTypes, ...types].map((type) => [type.name, type]));
    for (const [name, type] of byName) {
      const known = before.get(name);
      if (known && isDeepStrictEqual(known, type)) byName.set(name, known);
    }
    this.typesByName = byName;
    this.types = [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Of a type of this catalogue, which was checked. */
  compiled(type: NotificationType): CompiledType {
    let compiled = this.compiledTypes.get(type);
    if (!compiled) {
      const made = compileType(type);
      if ('errors' in made) throw new Error(`the type ${type.name} does not compile: ${made.errors[0]?.message}`);
      this.compiledTypes.set(type, (compiled = made));
    }
    return compiled;
  }

  type(name: string): NotificationType | undefined {
    return this.typesByName.get(name);
  }

  categories(): Set<string> {
    return new Set(this.types.map((type) => type.category));
  }

  /** No source: it is not asked whether it may. */
  admit(tenantId: string, source: string | undefined, typeName: string): Admission {
    if (!this.tenants.has(tenantId)) return refuse('unknown_tenant', 'tenantId', `no tenant ${tenantId} is declared`);
    const isAllowed =
      source === undefined ||
      (isPlatformType(typeName) ? source === platformSource : this.tenants.allowsSource(tenantId, source));
    if (!isAllowed) {
      return refuse('source_not_allowed', 'source', `${source} may not publish for tenant ${tenantId}`);
    }
    const type = this.typesByName.get(typeName);
    return type ? { type } : refuse('unknown_type', 'type', `no type ${typeName} is in the catalogue`);
  }
}

const refuse = (code: RefusalCode, field: Refusal['field'], detail: string): Admission => ({
  refusal: { code, field, detail },
});
