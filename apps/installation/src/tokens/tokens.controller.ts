// The internal door for bot tokens: for services only, and nothing that passes here is logged.
import { Body, Controller, Header, HttpCode, Post } from '@nestjs/common';
import { Caller, notFound, Roles, type Identity } from '@carillon/runtime';
import { z } from 'zod';
import { actorOf } from '../audit/actor.ts';
import { LostInstallations } from '../installations/lost-installations.ts';
import { TokenIssue, type Issue } from './token-issue.ts';

const wanted = z.strictObject({ installationIds: z.array(z.uuid()).min(1).max(500) });
const dead = z.strictObject({ installationId: z.uuid(), error: z.string().min(1).max(200) });

@Controller('v1/tokens')
@Roles('service')
export class TokensController {
  constructor(
    private readonly tokens: TokenIssue,
    private readonly lost: LostInstallations,
  ) {}

  @Post()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  async issue(@Body({ schema: wanted }) { installationIds }: z.infer<typeof wanted>): Promise<Issue> {
    return this.tokens.issue(installationIds);
  }

  /** A sender met a token that Slack refuses. The answer is the installation's state after asking Slack. */
  @Post('dead')
  @HttpCode(200)
  async reportDead(
    @Caller() caller: Identity,
    @Body({ schema: dead }) { installationId }: z.infer<typeof dead>,
  ): Promise<{ installationId: string; state: string }> {
    const installation = await this.lost.verify(installationId, actorOf(caller));
    if (!installation) throw notFound(`installation ${installationId}`);
    return { installationId, state: installation.state };
  }
}
