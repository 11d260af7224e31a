// The declared tenants and notification types, and the checks of a request against them. Guarantees: who may publish
// for a tenant, and which types exist, is decided here, in the same way for Kafka and REST; a change of the types is
// seen as a whole; a type that this release cannot use is refused with the reason, and disturbs no other. It holds what
// catalogue-refresh.ts read last.
import { isDeepStrictEqual } from 'node:util';
import {
  fieldErrorLine,
  isPlatformType,
  platformSource,
  platformTypes,
  type CatalogueFile,
  type Category,
  type FieldError,
  type NotificationType,
} from '@carillon/domain';
import type { Tenants } from '@carillon/runtime';
import { createLogger } from '@carillon/telemetry';
import { compileType, type CompiledType } from './compiled-type.ts';

export type RefusalCode = 'unknown_tenant' | 'source_not_allowed' | 'unknown_type' | 'unusable_type';

export interface Refusal {
  code: RefusalCode;
  /** The field that is wrong, for those who answer a caller. */
  field: 'tenantId' | 'source' | 'type';
  detail: string;
}

export type Admission = { type: NotificationType } | { refusal: Refusal };

/** The types and the words for categories. */
export interface Catalogued {
  types: readonly NotificationType[];
  categories: readonly Category[];
  /** Types that are stored and that this release cannot read, with the reasons. */
  unreadable?: ReadonlyMap<string, FieldError[]>;
}

export class Catalogue {
  /** By name. */
  types: readonly NotificationType[] = [];
  /** By name: every category that is declared or that a type names. */
  categories: readonly Category[] = [];
  /** By files. */
  readonly declared: CatalogueFile;
  private typesByName: ReadonlyMap<string, NotificationType> = new Map();
  private unreadable: ReadonlyMap<string, FieldError[]> = new Map();
  private readonly compiledTypes = new WeakMap<NotificationType, CompiledType | { errors: FieldError[] }>();
  private readonly log = createLogger('catalogue');

  /** @param types and `categories`: those of files */
  constructor(
    types: NotificationType[],
    private readonly tenants: Tenants,
    categories: Category[] = [],
  ) {
    this.declared = { types, categories };
    this.replace(this.declared);
  }

  /** A type that is as before stays the same object, with what was compiled of it. */
  replace({ types, categories, unreadable = new Map() }: Catalogued): void {
    this.unreadable = unreadable;
    const before = this.typesByName;
    // A declaration of the operator's wins over Carillon's own.
    const byName = new Map([...platformTypes, ...types].map((type) => [type.name, type]));
    for (const [name, type] of byName) {
      const known = before.get(name);
      if (known && isDeepStrictEqual(known, type)) byName.set(name, known);
    }
    this.typesByName = byName;
    this.types = [...byName.values()].sort(byNames);
    const named = this.types.map(({ category }) => ({ name: category, title: category }));
    const words = new Map([...named, ...categories].map((category) => [category.name, category]));
    this.categories = [...words.values()].sort(byNames);
  }

  /** Of a type of this catalogue. It was checked, but perhaps by a release that takes more than this one. */
  compiled(type: NotificationType): CompiledType | { errors: FieldError[] } {
    let compiled = this.compiledTypes.get(type);
    if (!compiled) {
      compiled = compileType(type);
      this.compiledTypes.set(type, compiled);
      if ('errors' in compiled)
        this.log.error(
          { type: type.name, errors: fieldErrorLine(compiled.errors) },
          'a stored type does not compile in this release; its requests are refused',
        );
    }
    return compiled;
  }

  type(name: string): NotificationType | undefined {
    return this.typesByName.get(name);
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
    if (type) return { type };
    const unread = this.unreadable.get(typeName);
    if (!unread) return refuse('unknown_type', 'type', `no type ${typeName} is in the catalogue`);
    const detail = `the type ${typeName} cannot be read by this release: ${fieldErrorLine(unread)}`;
    return refuse('unusable_type', 'type', detail);
  }
}

const byNames = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);

const refuse = (code: RefusalCode, field: Refusal['field'], detail: string): Admission => ({
  refusal: { code, field, detail },
});
