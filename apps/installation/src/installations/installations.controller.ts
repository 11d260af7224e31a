// A tenant's installations over HTTP.
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { Caller, decodeCursor, pageOf, pageQuery, Roles, type Identity, type Page } from '@carillon/runtime';
import { z } from 'zod';
import { actorOf } from '../audit/actor.ts';
import { Tenants } from '../tenants/tenants.ts';
import { installationPosition, Installations } from './installations.ts';
import { viewOf, type InstallationView } from './installation-view.ts';

export const installationName = z.string().trim().min(1).max(100);

const listQuery = z.strictObject(pageQuery);
const changes = z.strictObject({ name: installationName });

@Controller('v1/installations')
@Roles('owner', 'security_admin')
export class InstallationsController {
  constructor(
    private readonly installations: Installations,
    private readonly tenants: Tenants,
  ) {}

  @Get()
  @Roles('owner', 'security_admin', 'admin')
  async list(@Caller() caller: Identity, @Query({ schema: listQuery }) query: z.infer<typeof listQuery>): Promise<Page<InstallationView>> {
    const after = decodeCursor(installationPosition, query.cursor);
    const found = await this.installations.list(this.tenants.of(caller), query.limit + 1, after);
    const page = pageOf(found, query.limit, (last) => [last.installedAt.toISOString(), last.id]);
    return { ...page, items: page.items.map(viewOf) };
  }

  @Get(':id')
  @Roles('owner', 'security_admin', 'admin')
  async get(@Caller() caller: Identity, @Param('id') id: string): Promise<InstallationView> {
    return viewOf(await this.installations.get(this.tenants.of(caller), id));
  }

  @Patch(':id')
  async rename(
    @Caller() caller: Identity,
    @Param('id') id: string,
    @Body({ schema: changes }) { name }: z.infer<typeof changes>,
  ): Promise<InstallationView> {
    return viewOf(await this.installations.rename(this.tenants.of(caller), id, name, actorOf(caller)));
  }

  @Post(':id/disconnect')
  @HttpCode(200)
  async disconnect(@Caller() caller: Identity, @Param('id') id: string): Promise<InstallationView> {
    return viewOf(await this.installations.disconnect(this.tenants.of(caller), id, actorOf(caller)));
  }

  @Delete(':id')
  @HttpCode(204)
  async delete(@Caller() caller: Identity, @Param('id') id: string): Promise<void> {
    await this.installations.delete(this.tenants.of(caller), id, actorOf(caller));
  }
}
