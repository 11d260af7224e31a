// What `carillon publish` checks before it sends: each request by the domain's schema, and its type, tenant and the
// names in `data` by the catalogue of preferences. Guarantees: all faults of all requests are found at once, each with
// its field and the names that are close. Where preferences cannot be asked, the caller is told why; the schema is
// checked all the same. Values in `data` are left to preferences.
import { closeNames, fieldErrors, notificationRequest, type FieldError } from '@carillon/domain';
import { z } from 'zod';
import { cellsOfTenants } from '../cells/cells-of-tenants.ts';
import { findPlayground } from '../playground.ts';
import { printableLine } from '../printable.ts';
import { accessToken } from '../services/access-token.ts';
import { askTypes } from '../services/ask-types.ts';
import { findService } from '../services/find-services.ts';
import type { Terminal } from '../terminal.ts';

type Request = Record<string, unknown>;

/** The names of a JSON Schema of `data`. */
const dataNames = z.looseObject({
  properties: z.record(z.string(), z.unknown()).default({}),
  required: z.array(z.string()).default([]),
  additionalProperties: z.unknown(),
});
const catalogueType = z.looseObject({ name: z.string(), schema: dataNames.optional().catch(undefined) });

export interface Catalogue {
  types: ReadonlyMap<string, z.output<typeof catalogueType>>;
  /** Undefined: only an operator's token may ask for them. */
  tenants?: ReadonlySet<string>;
}

export interface CatalogueSource {
  url?: string | undefined;
  tenant?: string | undefined;
}

/** @throws UserError where preferences cannot be asked */
export async function fetchCatalogue(terminal: Terminal, { url, tenant }: CatalogueSource): Promise<Catalogue> {
  const service = findService(terminal, 'preferences', url);
  const token = await accessToken(terminal, { roles: ['product'], tenant });
  const types = await askTypes(service, token, catalogueType);
  return { types: new Map(types.map((type) => [type.name, type])) };
}

/** Whoever may fetch an operator's token, as from a playground's issuer, knows the tenants; others do not. */
export async function fetchTenants(terminal: Terminal): Promise<ReadonlySet<string> | undefined> {
  if (terminal.env['CARILLON_TOKEN'] || !findPlayground(terminal.cwd)?.issuer) return undefined;
  return new Set((await cellsOfTenants(terminal)).map(({ tenantId }) => tenantId));
}

/** @param catalogue undefined: by the schema only */
export function faultsOf(requests: readonly Request[], catalogue: Catalogue | undefined): FieldError[] {
  return requests.flatMap((request, at) => {
    const result = notificationRequest.safeParse(request);
    const faults = [
      ...(result.success ? [] : fieldErrors(result.error.issues, request).map(withCloseField)),
      ...(catalogue ? catalogueFaults(request, catalogue) : []),
    ];
    return requests.length === 1
      ? faults
      : faults.map(({ path, message }) => ({ path: [`[${at}]`, path].filter(Boolean).join('.'), message }));
  });
}

function withCloseField({ path, message }: FieldError): FieldError {
  const isOfRequest = message === 'unknown field' && !/[.[]/.test(path);
  return { path, message: isOfRequest ? withClose(message, path, Object.keys(notificationRequest.shape)) : message };
}

function catalogueFaults({ tenantId, type, title, data }: Request, { types, tenants }: Catalogue): FieldError[] {
  const faults: FieldError[] = [];
  if (typeof tenantId === 'string' && tenants && !tenants.has(tenantId))
    faults.push({ path: 'tenantId', message: withClose(`no tenant ${tenantId} is declared`, tenantId, tenants) });
  if (typeof type !== 'string' || type === '') return faults;
  const known = types.get(type);
  if (!known)
    faults.push({ path: 'type', message: withClose(`no type ${type} is in the catalogue`, type, types.keys()) });
  else {
    if (title === undefined && known['template'] === undefined)
      faults.push({ path: 'title', message: printableLine(`is missing; the type ${type} has no template`) });
    if (known.schema) faults.push(...dataFaults(type, known.schema, data));
  }
  return faults;
}

function dataFaults(type: string, schema: z.output<typeof dataNames>, data: unknown = {}): FieldError[] {
  if (typeof data !== 'object' || data === null) return [];
  const { properties, required, additionalProperties } = schema;
  const missing = required
    .filter((name) => !Object.hasOwn(data, name))
    .map((name) => ({ path: `data.${name}`, message: `is missing; the type ${type} requires it` }));
  const unknown = Object.keys(data)
    .filter((name) => additionalProperties === false && !Object.hasOwn(properties, name))
    .map((name) => ({
      path: `data.${name}`,
      message: withClose(`unknown field of the type ${type}`, name, Object.keys(properties)),
    }));
  return [...missing, ...unknown];
}

function withClose(message: string, given: string, known: Iterable<string>): string {
  const close = closeNames(given, known);
  return printableLine(close.length === 0 ? message : `${message}; did you mean ${close.join(' or ')}?`);
}
