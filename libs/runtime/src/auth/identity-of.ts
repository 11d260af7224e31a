// From the claims of a verified access token to an identity: the one place that decides whether a caller has a tenant.
// Guarantees: a role that needs a tenant without a declared one that its issuer may speak for is 401; the role
// `service` is never accepted beside a tenant or another role; an operator whose token names tenants is limited to
// them; a token that speaks for all tenants (of an operator or a service, without a tenant) is accepted only from an
// issuer that may speak for all of them.
import { externalId, roles as knownRoles, tenantRoles, type Role } from '@carillon/domain';
import type { JWTPayload } from 'jose';
import type { Tenants } from '../tenants/tenants.ts';
import type { Identity } from './identity.ts';
import { unauthorized } from './unauthorized.ts';

const mostTenants = 1_000;

export function identityOf(claims: JWTPayload, tenants: Tenants): Identity {
  const subject = externalId.safeParse(claims.sub);
  if (!subject.success) throw unauthorized('the sub of the token is not an id');
  const roles = tenants.rolesFrom(claims.iss ?? '', rolesIn(claims));
  const tenantIds = tenantsIn(claims, roles, tenants);
  const clientId = clientOf(claims);
  return {
    memberId: subject.data,
    roles,
    tenantIds,
    ...(tenantIds.length === 1 && { tenantId: tenantIds[0]! }),
    ...(clientId !== undefined && { clientId }),
    ...(typeof claims['email'] === 'string' && claims['email'] !== '' && { email: claims['email'] }),
  };
}

function rolesIn({ roles }: JWTPayload): Role[] {
  return Array.isArray(roles) ? knownRoles.filter((role) => roles.includes(role)) : [];
}

function tenantsIn(claims: JWTPayload, roles: readonly Role[], tenants: Tenants): readonly string[] {
  const { tenant_id: one, tenant_ids: several } = claims;
  if (roles.includes('service')) {
    if (isGiven(one) || isGiven(several)) throw unauthorized("a token of Carillon's own services names no tenant");
    if (roles.length > 1) throw unauthorized('the role service is not accepted beside another one');
    return forAllTenants(claims, tenants);
  }
  const named = isGiven(one) ? [one] : mayNameSeveral(roles) && isGiven(several) ? listOf(several) : [];
  const needed = roles.some((role) => (tenantRoles as readonly string[]).includes(role));
  if (named.length === 0) {
    if (needed) throw unauthorized('the token names no tenant');
    return roles.length === 0 ? [] : forAllTenants(claims, tenants);
  }
  const declared = [...new Set(named.map(nameOf))].filter(
    (id) => tenants.has(id) && tenants.issuerMaySpeakFor(claims.iss ?? '', id),
  );
  if (declared.length === 0) throw unauthorized('the token names no tenant that is declared here for its issuer');
  return declared;
}

const mayNameSeveral = (roles: readonly Role[]): boolean => roles.includes('product') || roles.includes('operator');

function forAllTenants({ iss = '' }: JWTPayload, tenants: Tenants): readonly string[] {
  if (!tenants.issuerMaySpeakForAll(iss))
    throw unauthorized('the token names no tenant, and its issuer may not speak for all of them');
  return [];
}

const isGiven = (claim: unknown): boolean => claim !== undefined && claim !== null && claim !== '';

function listOf(claim: unknown): unknown[] {
  if (!Array.isArray(claim) || claim.length > mostTenants)
    throw unauthorized('the tenant_ids of the token are not a list of tenants');
  return claim;
}

function nameOf(claim: unknown): string {
  if (typeof claim !== 'string') throw unauthorized('the tenant_id of the token is not the id of a tenant');
  return claim;
}

/**
 * RFC 9068 has `client_id`, OpenID Connect `azp`; a client-credentials token without either has the client as its
 * subject.
 */
function clientOf({ client_id: client, azp, sub }: JWTPayload): string | undefined {
  return [client, azp, sub].find((value): value is string => typeof value === 'string' && value !== '');
}
