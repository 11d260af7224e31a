// The route that starts a connection: an admin names the installation and gets a link for the browser.
import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { isStorable, scopeProfileNames } from '@carillon/domain';
import { Answers, Caller, CONFIG, Problem, Roles, tenantOf, type Identity } from '@carillon/runtime';
import { z } from 'zod';
import type { Config } from '../config.ts';
import { installationName } from '../installations/installations.controller.ts';
import { Installations } from '../installations/installations.ts';
import { Policies } from '../policy/policies.ts';
import { hasRoom } from './admission.ts';
import { ConnectionAttempts } from './connection-attempts.ts';
import { connectionRefusals } from './connection-refusals.ts';
import { ReturnToPolicy } from './return-to.ts';

const connectionRequest = z
  .strictObject({
    /** May be left out where an installation is connected again. */
    name: installationName.optional(),
    profile: z.enum(scopeProfileNames),
    installationId: z.uuid().optional(),
    returnTo: z
      .url({ protocol: /^https?$/ })
      .max(2000)
      .refine(isStorable, 'must not contain NUL or half of a surrogate pair'),
  })
  .refine(({ name, installationId }) => name !== undefined || installationId !== undefined, {
    path: ['name'],
    message: 'is needed for a new installation',
  });

/** `url` is to be opened in a browser. */
const begunConnection = z.object({ url: z.string(), expiresAt: z.iso.datetime() });

/** More installations than a policy can allow, disconnected ones included. */
const mostInstallations = 20_000;

@Controller('v1/connections')
export class ConnectionsController {
  private readonly startUrl: string;

  constructor(
    private readonly attempts: ConnectionAttempts,
    private readonly installations: Installations,
    private readonly policies: Policies,
    private readonly returnToPolicy: ReturnToPolicy,
    @Inject(CONFIG) config: Config,
  ) {
    this.startUrl = `${config.PUBLIC_URL}/slack/oauth/start`;
  }

  @Post()
  @Answers({
    body: begunConnection,
    example: {
      url: 'https://carillon.example/slack/oauth/start?connection=eyJhbGciOi…',
      expiresAt: '2026-11-26T09:10:00.000Z',
    },
    problems: [404, 409],
  })
  @HttpCode(201)
  @Roles('owner', 'security_admin')
  async begin(
    @Caller() caller: Identity,
    @Body({ schema: connectionRequest }) body: z.infer<typeof connectionRequest>,
  ): Promise<z.output<typeof begunConnection>> {
    const tenantId = tenantOf(caller);
    const { name, profile, installationId, returnTo } = body;
    if (!this.returnToPolicy.allows(returnTo)) {
      const message = 'is not an address that RETURN_TO_ORIGINS allows';
      throw new Problem(400, 'Bad Request', 'not valid: returnTo', [{ path: 'returnTo', message }]);
    }
    if (installationId !== undefined) await this.installations.get(tenantId, installationId);
    const policy = await this.policies.get(tenantId);
    if (
      policy.maxInstallations !== null &&
      !hasRoom(await this.installations.list(tenantId, mostInstallations), policy, installationId)
    ) {
      throw new Problem(
        409,
        'Conflict',
        `${connectionRefusals.installation_limit} To connect one again, name it in installationId.`,
      );
    }
    const { link, expiresAt } = await this.attempts.begin(caller, {
      tenantId,
      memberId: caller.memberId,
      profile,
      returnTo,
      ...(name !== undefined && { name }),
      ...(installationId !== undefined && { installationId }),
    });
    return { url: `${this.startUrl}?connection=${encodeURIComponent(link)}`, expiresAt: expiresAt.toISOString() };
  }
}
