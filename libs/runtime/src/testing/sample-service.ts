// A small service for this library's own specs.
import { Body, Controller, Get, HttpException, Inject, Module, Param, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { Internal, Public, RateLimit, Roles } from '../auth/access.ts';
import { Caller, ownedOrNotFound, tenantOf, type Identity } from '../auth/identity.ts';
import { authConfig, httpConfig, internalListenerConfig } from '../config/fragments.ts';
import { secret } from '../config/secret.ts';
import { pageQuery } from '../http/page.ts';
import { Problem } from '../http/problem.ts';
import { CONFIG } from '../platform/tokens.ts';

export const sampleConfig = z.object({
  ...httpConfig,
  ...authConfig,
  ...internalListenerConfig,
  GREETING: secret().default('hello'),
});

const message = z.object({
  to: z.array(z.object({ member: z.string() })),
  body: z.string().trim(),
  at: z.coerce.date().optional(),
});
const notice = z.strictObject({
  title: z.string(),
  to: z.array(
    z.union([
      z.strictObject({ member: z.string() }),
      z.strictObject({ channel: z.string(), installation: z.string() }),
    ]),
  ),
});
const list = z.object({ ...pageQuery, status: z.enum(['on', 'off']).optional() });

@Controller('v1')
export class SampleController {
  constructor(@Inject(CONFIG) private readonly config: z.infer<typeof sampleConfig>) {}

  @Public()
  @Get('greeting')
  greeting(): { greeting: string } {
    return { greeting: this.config.GREETING };
  }

  @Roles('member', 'admin')
  @Get('me')
  me(@Caller() caller: Identity): Identity {
    return caller;
  }

  @Roles('product', 'operator', 'member')
  @Get('things')
  things(@Caller() caller: Identity, @Query('tenantId') tenantId?: string): { tenant: string } {
    return { tenant: tenantOf(caller, tenantId) };
  }

  @Roles('product', 'member')
  @Post('things')
  make(@Caller() caller: Identity, @Body() { tenantId }: { tenantId?: string }): { tenant: string } {
    return { tenant: tenantOf(caller, tenantId) };
  }

  @Roles('product', 'operator', 'member')
  @Get('things/:id')
  thing(@Caller() caller: Identity, @Param('id') id: string): { id: string; tenantId: string } {
    const owner = ['acme', 'globex'].find((tenant) => id === `of-${tenant}`);
    return ownedOrNotFound(caller, owner === undefined ? undefined : { id, tenantId: owner }, `thing ${id}`);
  }

  @Roles('product', 'member')
  @Post('things/:id')
  write(@Param('id') id: string, @Body() body: unknown): unknown {
    return { id, body };
  }

  @Roles('service')
  @Internal()
  @RateLimit({ perSecond: 1, burst: 3 })
  @Post('secrets')
  secrets(): { secret: string } {
    return { secret: 'for services only' };
  }

  @Get('forgotten')
  forgotten(): string {
    return 'nobody said who may see this';
  }

  @Public()
  @Post('messages')
  send(@Body({ schema: message }) body: z.infer<typeof message>): { received: unknown } {
    return { received: body };
  }

  @Public()
  @Post('notices')
  notice(@Body({ schema: notice }) body: z.infer<typeof notice>): unknown {
    return body;
  }

  @Public()
  @Get('messages')
  messages(@Query({ schema: list }) query: z.infer<typeof list>): unknown {
    return query;
  }

  @Public()
  @Get('fails/defect')
  defect(): never {
    throw new Error('the password is hush');
  }

  @Public()
  @Get('fails/conflict')
  conflict(): never {
    throw new Problem(409, 'Conflict', 'it is there already');
  }

  @Public()
  @Get('fails/later')
  later(): never {
    throw Object.assign(new Error('broker at 10.0.0.1 is away'), {
      code: 'broker_unavailable',
      retry: { afterMs: 4_200 },
    });
  }

  @Public()
  @Get('fails/nest')
  nest(): never {
    throw new HttpException('gone for good', 410);
  }
}

@Public()
@Controller('open')
export class OpenController {
  @Get()
  open(): string {
    return 'for everybody';
  }

  @Roles('admin')
  @Get('closed')
  closed(): string {
    return 'for admins';
  }
}

@Module({ controllers: [SampleController, OpenController] })
export class SampleModule {}
