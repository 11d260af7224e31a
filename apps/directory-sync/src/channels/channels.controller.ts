// The route that lists channels for a picker: the public ones, or the private ones on request. Guarantees: it returns
// names and ids only; a private channel is listed only where the app is a member of it.
import { storableText } from '@carillon/domain';
import {
  Answers,
  Caller,
  DATABASE,
  decodeCursor,
  pageOf,
  pageOfItems,
  pageQuery,
  Roles,
  tenantOf,
  type Identity,
  type Page,
} from '@carillon/runtime';
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { defineStatement } from '@carillon/persistence';
import type { Pool } from 'pg';
import { z } from 'zod';
import { containing, installationOfTenant, searchText } from '../installations/installation-of-tenant.ts';

const channelsQuery = z.object({
  ...pageQuery,
  installation: z.string().optional(),
  q: searchText,
  private: z.stringbool().default(false),
});

const channel = z.object({
  installationId: z.string(),
  id: z.string(),
  teamId: z.string(),
  name: z.string(),
  private: z.boolean(),
  /** Whether the app is in it: else somebody invites it, or it has the scope to post without. */
  member: z.boolean(),
});
export type Channel = z.output<typeof channel>;

const position = z.tuple([storableText, storableText, storableText]);

const findChannels = defineStatement({
  parameters: {
    tenantId: 'text',
    isPrivate: 'boolean',
    installation: 'text?',
    name: 'text?',
    afterName: 'text',
    afterInstallation: 'text',
    afterChannel: 'text',
    most: 'integer',
  },
  text: (p) => `
SELECT installation_id AS "installationId", channel_id AS id, channel.team_id AS "teamId", channel.name, private, member
  FROM channel JOIN installation i USING (installation_id)
 WHERE i.tenant_id = ${p.tenantId} AND NOT i.deleted AND NOT archived AND private = ${p.isPrivate}
   AND (${p.installation} IS NULL OR installation_id = ${p.installation})
   AND (${p.name} IS NULL OR channel.name ILIKE ${p.name})
   AND (channel.name, installation_id, channel_id) > (${p.afterName}, ${p.afterInstallation}, ${p.afterChannel})
 ORDER BY channel.name, installation_id, channel_id LIMIT ${p.most}`,
});

@Controller('v1/channels')
@Roles('admin', 'security_admin', 'owner')
export class ChannelsController {
  constructor(@Inject(DATABASE) private readonly pool: Pool) {}

  @Get()
  @Answers({
    body: pageOfItems(channel),
    example: {
      items: [
        {
          installationId: '5b0f4a3c-1f63-4b0e-8c55-0a4f2a6c7d11',
          id: 'C012AB3CD',
          teamId: 'T012AB3CD',
          name: 'general',
          private: false,
          member: true,
        },
      ],
      nextCursor: null,
    },
    problems: [404],
  })
  async list(
    @Caller() caller: Identity,
    @Query({ schema: channelsQuery }) query: z.output<typeof channelsQuery>,
  ): Promise<Page<Channel>> {
    const tenantId = tenantOf(caller);
    const { limit, cursor, installation, q } = query;
    if (installation !== undefined) await installationOfTenant(this.pool, tenantId, installation);
    const [afterName, afterInstallation, afterChannel] = decodeCursor(position, cursor) ?? ['', '', ''];
    const found = await this.pool.query<Channel>(
      findChannels({
        tenantId,
        isPrivate: query.private,
        installation,
        name: containing(q),
        afterName,
        afterInstallation,
        afterChannel,
        most: limit + 1,
      }),
    );
    return pageOf(found.rows, limit, (last) => [last.name, last.installationId, last.id]);
  }
}
