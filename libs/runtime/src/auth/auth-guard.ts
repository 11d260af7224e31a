// Decides for every route of every service who may call it, how often, and for which tenant, before a byte of the body
// is read. Guarantees: deny by default (a route that says neither @Public() nor @Roles(…) is closed to everybody);
// Carillon's own services reach the routes that SERVICE_CLIENTS lists for them and no others; internal routes exist on
// the internal listener only, where there is one; what it refuses an identified caller is in the audit log, and a
// request without a valid token is counted. Whether an object belongs to the caller's tenant is the controller's part
// (tenantOf, ownedOrNotFound).
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { AuditLog } from '../audit/audit-log.ts';
import { notFound, Problem, refusalReasonOf } from '../http/problem.ts';
import { unauthenticated } from '../metrics.ts';
import type { InternalListener } from '../process/internal-listener.ts';
import type { Tenants } from '../tenants/tenants.ts';
import { accessOf, isInternal, rateOf } from './access.ts';
import { foreignTenant, rememberIdentity, wrongRole, type Identity } from './identity.ts';
import type { RequestRates } from './request-rates.ts';
import { mayCall, type ServiceClients } from './service-clients.ts';
import type { TokenVerifier } from './token-verifier.ts';
import { unauthorized } from './unauthorized.ts';

export interface AuthGuardOptions {
  verifier: Pick<TokenVerifier, 'verify'>;
  tenants: Tenants;
  serviceClients: ServiceClients;
  rates: RequestRates;
  internal: InternalListener;
  /** What becomes of refused requests of identified callers. Must not throw and must not make the request wait. */
  audit: Pick<AuditLog, 'recordRefusal'>;
}

export class AuthGuard implements CanActivate {
  constructor(private readonly options: AuthGuardOptions) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const [handler, controller] = [context.getHandler(), context.getClass()];
    const request = context.switchToHttp().getRequest<Request>();
    if (!this.options.internal.serves(request, isInternal(handler, controller)))
      throw notFound(`${request.method} ${request.path}`);
    const access = accessOf(handler, controller);
    if (access === 'public') return true;
    if (!access) throw new Problem(403, 'Forbidden', 'this route is open to nobody');

    const route = `${request.method} ${(request.route as { path: string }).path}`;
    const caller = {
      ...(await this.callerOf(request, route)),
      ...(request.ip !== undefined && { address: request.ip }),
    };
    try {
      if (!access.some((role) => caller.roles.includes(role))) throw wrongRole(caller, access);
      if (caller.roles.includes('service')) this.checkServiceClient(caller, route);
      const identity = this.forNamedTenant(caller, request);
      this.options.rates.check(identity, route, request.method, rateOf(handler, controller));
      rememberIdentity(request, identity);
      return true;
    } catch (error) {
      if (error instanceof Problem)
        this.options.audit.recordRefusal(caller, { route, status: error.status, reason: refusalReasonOf(error) });
      throw error;
    }
  }

  /** A refused token names no caller that the audit log could name: it is counted. */
  private async callerOf(request: Request, route: string): Promise<Identity> {
    try {
      return await this.options.verifier.verify(bearerOf(request));
    } catch (error) {
      if (error instanceof Problem && error.status === 401) unauthenticated.inc({ route });
      throw error;
    }
  }

  private checkServiceClient({ clientId = '' }: Identity, route: string): void {
    if (!mayCall(this.options.serviceClients, clientId, route))
      throw new Problem(403, 'Forbidden', 'SERVICE_CLIENTS does not list this route for this client');
  }

  /**
   * Callers of several tenants, and operators, say which one the request is about; the others may only repeat their
   * own.
   */
  private forNamedTenant(caller: Identity, request: Request): Identity {
    const named = request.headers['carillon-tenant'] ?? (request.query as Record<string, unknown>)['tenantId'];
    if (named === undefined || caller.roles.includes('service')) return caller;
    if (typeof named !== 'string')
      throw new Problem(400, 'Bad Request', 'not valid: tenantId', [
        { path: 'tenantId', message: 'must be given once' },
      ]);
    if (caller.tenantIds.length > 0 && !caller.tenantIds.includes(named)) throw foreignTenant();
    if (!this.options.tenants.has(named)) throw foreignTenant();
    return { ...caller, tenantId: named };
  }
}

function bearerOf(request: Request): string {
  const match = /^Bearer +([\w.~+/-]+=*)$/i.exec(request.headers.authorization ?? '');
  if (!match) throw unauthorized('a bearer token is needed');
  return match[1]!;
}
