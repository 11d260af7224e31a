// Decides for every route of every service who may call it. Promises: deny by default; a route that says neither
// @Public() nor @Roles(…) is closed to everybody.
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { Problem } from '../http/problem.ts';
import { accessOf, rememberIdentity } from './identity.ts';
import { unauthorized, type TokenVerifier } from './token-verifier.ts';

export class AuthGuard implements CanActivate {
  constructor(private readonly verifier: Pick<TokenVerifier, 'verify'>) { }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = accessOf(context.getHandler(), context.getClass());
    if (access === 'public') return true;
    if (!access) throw new Problem(403, 'Forbidden', 'this route is open to nobody');

    const request = context.switchToHttp().getRequest<Request>();
    const identity = await this.verifier.verify(bearerOf(request));
    if (!access.some((role) => identity.roles.includes(role))) {
      throw new Problem(403, 'Forbidden', `needs one of the roles ${access.join(', ')}`);
    }
    rememberIdentity(request, identity);
    return true;
  }
}

function bearerOf(request: Request): string {
  const match = /^Bearer +([\w.~+/-]+=*)$/i.exec(request.headers.authorization ?? '');
  if (!match) throw unauthorized('a bearer token is needed');
  return match[1]!;
}
