// The channel picker's list: public channels unless private ones are asked for. Promises: names and ids only; private
// channels are those that the app was invited to.
import { storableText } from '@carillon/domain';
import {
  Caller,
  DATABASE,
  decodeCursor,
  pageOf,
  pageQuery,
  Roles,
  tenantOf,
  type Identity,
  type Page,
} from '@carillon/runtime';
import { Controller, Get, Inject, Query } from '@nestjs/common';
import type { Pool } from 'pg';
import { z } from 'zod';
import { containing, installationOfTenant, searchText } from '../installations/installation-of-tenant.ts';

const channelsQuery = z.object({
  ...pageQuery,
  installation: z.string().optional(),
  q: searchText,
  private: z.stringbool().default(false),
});

export interface Channel {
  installationId: string;
  id: string;
  teamId: string;
  name: string;
  private: boolean;
}

const position = z.tuple([storableText, storableText, storableText]);

@Controller('v1/channels')
@Roles('admin', 'security_admin', 'owner')
export class ChannelsController {
  constructor(@Inject(DATABASE) private readonly pool: Pool) {}

  @Get()
  async list(
    @Caller() caller: Identity,
    @Query({ schema: channelsQuery }) query: z.output<typeof channelsQuery>,
  ): Promise<Page<Channel>> {
    const tenantId = tenantOf(caller);
    const { limit, cursor, installation, q } = query;
    if (installation !== undefined) await installationOfTenant(this.pool, tenantId, installation);
    const after = decodeCursor(position, cursor) ?? ['', '', ''];
    const found = await this.pool.query<Channel>(
      `SELECT installation_id AS "installationId", channel_id AS id, channel.team_id AS "teamId", channel.name, private
         FROM channel JOIN installation i USING (installation_id)
        WHERE i.tenant_id = $1 AND NOT i.deleted AND private = $2
          AND ($3::text IS NULL OR installation_id = $3) AND ($4::text IS NULL OR channel.name ILIKE $4)
          AND (channel.name, installation_id, channel_id) > ($5, $6, $7)
        ORDER BY channel.name, installation_id, channel_id LIMIT $8`,
      [tenantId, query.private, installation ?? null, containing(q), ...after, limit + 1],
    );
    return pageOf(found.rows, limit, (last) => [last.name, last.installationId, last.id]);
  }
}
