// The internal routes for bot tokens. Guarantees: only clients that SERVICE_CLIENTS lists for the route may call it, on
// the internal listener where there is one, at a limited rate; every issued token has an audit entry; no token is
// logged.
import { Body, Controller, Header, HttpCode, Post } from '@nestjs/common';
import { installationStates, storableText } from '@carillon/domain';
import {
  Answers,
  AuditLog,
  Caller,
  Internal,
  notFound,
  RateLimit,
  Roles,
  tokenAnswer,
  type Identity,
  type TokenAnswer,
} from '@carillon/runtime';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { errorCode } from '../connecting/connection-refusals.ts';
import { InstallationVerifier } from '../installations/installation-verifier.ts';
import { exampleInstallation } from '../installations/installation-view.ts';
import { clientOf, TokenHandover } from './token-handover.ts';

const tokenRequest = z.strictObject({ installationIds: z.array(z.uuid()).min(1).max(500) });
const deadToken = z.strictObject({ installationId: z.uuid(), error: storableText.min(1).max(200) });

const reportedToken = z.object({ installationId: z.uuid(), state: z.enum(installationStates) });

@Controller('v1/tokens')
@Roles('service')
@Internal()
@RateLimit({ perSecond: 5, burst: 50 })
export class TokensController {
  constructor(
    private readonly handover: TokenHandover,
    private readonly verifier: InstallationVerifier,
    private readonly audit: AuditLog,
    private readonly dataSource: DataSource,
  ) {}

  @Post()
  @Answers({
    body: tokenAnswer,
    example: {
      tokens: [{ installationId: exampleInstallation.id, tenantId: 'acme', teamId: 'T012AB3CD', token: 'xoxb-…' }],
      unavailable: [{ installationId: '0c7a3c2e-5a3b-4f6e-9b51-3d6f8f1f2a10', reason: 'lost' }],
    },
  })
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  async issue(
    @Caller() caller: Identity,
    @Body({ schema: tokenRequest }) { installationIds }: z.infer<typeof tokenRequest>,
  ): Promise<TokenAnswer> {
    return this.handover.handOver(caller, installationIds);
  }

  /** A service reports a token that Slack refused. The answer is the installation's state after Slack was asked. */
  @Post('dead')
  @Answers({ body: reportedToken, example: { installationId: exampleInstallation.id, state: 'lost' }, problems: [404] })
  @HttpCode(200)
  async reportDead(
    @Caller() caller: Identity,
    @Body({ schema: deadToken }) { installationId, error }: z.infer<typeof deadToken>,
  ): Promise<z.output<typeof reportedToken>> {
    const installation = await this.verifier.verify(installationId, caller);
    if (!installation || installation.state === 'pending') throw notFound(`installation ${installationId}`);
    const { id, tenantId } = installation;
    const { state } = installation;
    const detail = { client: clientOf(caller), error: errorCode(error), state };
    await this.dataSource.transaction((manager) =>
      this.audit.record(manager, caller, {
        action: 'token.reported_dead',
        subject: `installation:${id}`,
        tenantId,
        detail,
      }),
    );
    return { installationId: id, state };
  }
}
