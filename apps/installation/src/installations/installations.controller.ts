// The routes that list, read, rename, disconnect and delete the installations of a tenant.
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { plainText, storableText } from '@carillon/domain';
import {
  Answers,
  Caller,
  decodeCursor,
  pageOf,
  pageOfItems,
  pageQuery,
  Roles,
  tenantOf,
  type Identity,
  type Page,
} from '@carillon/runtime';
import { z } from 'zod';
import { installationPosition, Installations } from './installations.ts';
import { InstallationViews } from './installation-views.ts';
import { exampleInstallation, installationView, type InstallationView } from './installation-view.ts';

/** One line, without characters that change the order of reading. */
export const installationName = plainText.trim().min(1).max(100);

const listQuery = z.strictObject({
  ...pageQuery,
  /** Only what serves this workspace: its own installation first, then the organisation's that covers it. */
  team: storableText.min(1).max(50).optional(),
});
const changes = z.strictObject({ name: installationName });

@Controller('v1/installations')
@Roles('owner', 'security_admin')
export class InstallationsController {
  constructor(
    private readonly installations: Installations,
    private readonly views: InstallationViews,
  ) {}

  @Get()
  @Answers({ body: pageOfItems(installationView), example: { items: [exampleInstallation], nextCursor: null } })
  @Roles('owner', 'security_admin', 'admin')
  async list(
    @Caller() caller: Identity,
    @Query({ schema: listQuery }) query: z.infer<typeof listQuery>,
  ): Promise<Page<InstallationView>> {
    if (query.team !== undefined) {
      const serving = await this.installations.serving(tenantOf(caller), query.team);
      return { items: await this.views.ofAll(serving), nextCursor: null };
    }
    const after = decodeCursor(installationPosition, query.cursor);
    const found = await this.installations.list(tenantOf(caller), query.limit + 1, after);
    const page = pageOf(found, query.limit, (last) => [last.installedAt.toISOString(), last.id]);
    return { ...page, items: await this.views.ofAll(page.items) };
  }

  @Get(':id')
  @Answers({ body: installationView, example: exampleInstallation })
  @Roles('owner', 'security_admin', 'admin')
  async get(@Caller() caller: Identity, @Param('id') id: string): Promise<InstallationView> {
    return this.views.of(await this.installations.get(tenantOf(caller), id));
  }

  @Patch(':id')
  @Answers({ body: installationView, example: exampleInstallation, problems: [409] })
  async rename(
    @Caller() caller: Identity,
    @Param('id') id: string,
    @Body({ schema: changes }) { name }: z.infer<typeof changes>,
  ): Promise<InstallationView> {
    return this.views.of(await this.installations.rename(tenantOf(caller), id, name, caller));
  }

  @Post(':id/disconnect')
  @Answers({ body: installationView, example: { ...exampleInstallation, state: 'disconnected' } })
  @HttpCode(200)
  async disconnect(@Caller() caller: Identity, @Param('id') id: string): Promise<InstallationView> {
    return this.views.of(await this.installations.disconnect(tenantOf(caller), id, caller));
  }

  @Delete(':id')
  @Answers({ mediaType: null, description: 'Deleted, with its tokens.' })
  @HttpCode(204)
  async delete(@Caller() caller: Identity, @Param('id') id: string): Promise<void> {
    await this.installations.delete(tenantOf(caller), id, caller);
  }
}
