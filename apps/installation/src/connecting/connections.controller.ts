// The routes with which an admin begins a connection (and gets a link for the browser), looks at it, and confirms it.
import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { isStorable, scopeProfileNames } from '@carillon/domain';
import { Answers, Caller, CONFIG, Problem, ReturnToPolicy, Roles, tenantOf, type Identity } from '@carillon/runtime';
import { z } from 'zod';
import type { Config } from '../config.ts';
import { present } from '../installations/installation-events.ts';
import { InstallationViews } from '../installations/installation-views.ts';
import { exampleInstallation, installationView, type InstallationView } from '../installations/installation-view.ts';
import { installationName } from '../installations/installations.controller.ts';
import { Installations } from '../installations/installations.ts';
import { Policies } from '../policy/policies.ts';
import { hasRoom } from './admission.ts';
import { ConfirmConnection } from './confirm-connection.ts';
import type { ConnectionAttempt } from './connection-attempt.entity.ts';
import { ConnectionAttempts } from './connection-attempts.ts';
import { connectionRefusals, type Refusal } from './connection-refusals.ts';

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

/** `url` is to be opened in a browser. `id` is what the person who began confirms after Slack's answer. */
const begunConnection = z.object({ id: z.uuid(), url: z.string(), expiresAt: z.iso.datetime() });

const connectionView = z.object({
  id: z.uuid(),
  /** `begun`: Slack has not answered yet. `pending`: Slack granted it, and it waits for the confirmation. */
  state: z.enum(['begun', 'pending', 'confirmed', 'refused', 'expired']),
  /** The member who began, and who alone confirms. */
  begunBy: z.string(),
  profile: z.enum(scopeProfileNames),
  name: z.string().optional(),
  /** The code of the refusal, with what to do about it where it is not Slack's own. */
  refused: z.object({ code: z.string(), detail: z.string().optional() }).optional(),
  /** What Slack granted. */
  granted: z
    .object({
      installationId: z.uuid(),
      workspaceId: z.string(),
      workspaceName: z.string().optional(),
      workspaceDomain: z.string().optional(),
      isEnterpriseInstall: z.boolean(),
      scopes: z.array(z.string()),
      confirmBy: z.iso.datetime(),
    })
    .optional(),
});
type ConnectionView = z.output<typeof connectionView>;

@Controller('v1/connections')
export class ConnectionsController {
  private readonly startUrl: string;

  constructor(
    private readonly attempts: ConnectionAttempts,
    private readonly installations: Installations,
    private readonly policies: Policies,
    private readonly returnToPolicy: ReturnToPolicy,
    private readonly confirmation: ConfirmConnection,
    private readonly views: InstallationViews,
    @Inject(CONFIG) config: Config,
  ) {
    this.startUrl = `${config.PUBLIC_URL}/slack/oauth/start`;
  }

  @Post()
  @Answers({
    body: begunConnection,
    example: {
      id: '0c7a3c2e-5a3b-4f6e-9b51-3d6f8f1f2a10',
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
      throw new Problem(400, 'Bad Request', 'not valid: returnTo', [{ path: 'returnTo', message }], {
        refusalReason: 'not allowed: returnTo',
      });
    }
    const renewed = installationId === undefined ? undefined : await this.installations.get(tenantId, installationId);
    const policy = await this.policies.get(tenantId);
    if (policy.maxInstallations !== null && !hasRoom(await this.installations.count(tenantId), policy, renewed)) {
      throw new Problem(
        409,
        'Conflict',
        `${connectionRefusals.installation_limit} To connect one again, name it in installationId.`,
        undefined,
        { refusalReason: 'installation_limit' },
      );
    }
    const { id, link, expiresAt } = await this.attempts.begin(caller, {
      tenantId,
      memberId: caller.memberId,
      profile,
      returnTo,
      ...(name !== undefined && { name }),
      ...(installationId !== undefined && { installationId }),
    });
    const url = `${this.startUrl}?connection=${encodeURIComponent(link)}`;
    return { id, url, expiresAt: expiresAt.toISOString() };
  }

  @Get(':id')
  @Answers({
    body: connectionView,
    example: {
      id: '0c7a3c2e-5a3b-4f6e-9b51-3d6f8f1f2a10',
      state: 'pending',
      begunBy: 'ada',
      profile: 'direct',
      granted: {
        installationId: exampleInstallation.id,
        workspaceId: 'T012AB3CD',
        workspaceName: 'Acme',
        isEnterpriseInstall: false,
        scopes: ['chat:write'],
        confirmBy: '2026-11-26T09:40:00.000Z',
      },
    },
  })
  @Roles('owner', 'security_admin', 'admin')
  async show(@Caller() caller: Identity, @Param('id') id: string): Promise<ConnectionView> {
    return viewOfConnection(await this.confirmation.find(tenantOf(caller), id));
  }

  /** Only by the member who began the connection. Its id, or that of the pending installation. */
  @Post(':id/confirm')
  @Answers({ body: installationView, example: exampleInstallation, problems: [404, 409] })
  @HttpCode(200)
  @Roles('owner', 'security_admin')
  async confirm(@Caller() caller: Identity, @Param('id') id: string): Promise<InstallationView> {
    return this.views.of(await this.confirmation.confirm(tenantOf(caller), id, caller));
  }
}

function viewOfConnection(attempt: ConnectionAttempt): ConnectionView {
  const { id, memberId, profile, name, granted, grantedTo, confirmBy, refused } = attempt;
  return {
    id,
    state: stateOf(attempt),
    begunBy: memberId,
    profile,
    ...(name !== null && { name }),
    ...(refused !== null && { refused: { code: refused, ...explained(refused) } }),
    ...(granted &&
      grantedTo !== null &&
      confirmBy && {
        granted: {
          installationId: grantedTo,
          workspaceId: granted.workspaceId,
          ...present('workspaceName', granted.workspaceName ?? granted.name),
          ...present('workspaceDomain', granted.domain),
          isEnterpriseInstall: granted.isEnterpriseInstall,
          scopes: granted.scopes,
          confirmBy: confirmBy.toISOString(),
        },
      }),
  };
}

function stateOf({ confirmedAt, refused, confirmBy, expiresAt }: ConnectionAttempt): ConnectionView['state'] {
  if (confirmedAt) return 'confirmed';
  if (refused !== null) return 'refused';
  if ((confirmBy ?? expiresAt).getTime() <= Date.now()) return 'expired';
  return confirmBy ? 'pending' : 'begun';
}

const explained = (code: string): { detail?: string } =>
  Object.hasOwn(connectionRefusals, code) ? { detail: connectionRefusals[code as Refusal] } : {};
