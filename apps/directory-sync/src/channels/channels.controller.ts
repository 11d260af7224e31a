// The route that lists channels for a picker: the public ones, or the private ones on request. Guarantees: it returns
// names and ids only; private channels are listed to nobody but the person who connected the installation, and only
// those that this person and the app are in.
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
import { channel, type Channel } from './channel.ts';
import { PrivateChannels } from './private-channels.ts';
import { containing, installationOfTenant, searchText } from '../installations/installation-of-tenant.ts';

const channelsQuery = z.object({
  ...pageQuery,
  installation: z.string().optional(),
  q: searchText,
  private: z.stringbool().default(false),
});

const position = z.tuple([storableText, storableText, storableText]);

// Each installation by its own index: by the order of names, or by a part of the name.
const findChannels = defineStatement({
  parameters: {
    tenantId: 'text',
    installation: 'text?',
    name: 'text?',
    afterName: 'text',
    afterInstallation: 'text',
    afterChannel: 'text',
    most: 'integer',
  },
  text: (p) => `
SELECT i.installation_id AS "installationId", c.id, c.team_id AS "teamId", c.name, c.private, c.member
  FROM installation i CROSS JOIN LATERAL (
    SELECT channel_id AS id, team_id, name, private, member FROM channel
     WHERE channel.installation_id = i.installation_id AND NOT archived AND NOT private
       AND (${p.name} IS NULL OR name ILIKE ${p.name})
       AND name >= ${p.afterName}
       AND (name, installation_id, channel_id) > (${p.afterName}, ${p.afterInstallation}, ${p.afterChannel})
     ORDER BY name, channel_id LIMIT ${p.most}) c
 WHERE i.tenant_id = ${p.tenantId} AND NOT i.deleted
   AND (${p.installation} IS NULL OR i.installation_id = ${p.installation})
 ORDER BY c.name, i.installation_id, c.id LIMIT ${p.most}`,
});

@Controller('v1/channels')
@Roles('admin', 'security_admin', 'owner')
export class ChannelsController {
  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    private readonly privateChannels: PrivateChannels,
  ) {}

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
    problems: [404, 503],
  })
  async list(
    @Caller() caller: Identity,
    @Query({ schema: channelsQuery }) query: z.output<typeof channelsQuery>,
  ): Promise<Page<Channel>> {
    const tenantId = tenantOf(caller);
    const { limit, cursor, installation, q } = query;
    if (installation !== undefined) await installationOfTenant(this.pool, tenantId, installation);
    const after = decodeCursor(position, cursor) ?? ['', '', ''];
    if (query.private) {
      const all = await this.privateChannels.of(tenantId, caller.memberId, installation);
      const rest = all.filter((one) => containsText(one.name, q) && isBehind(placeOf(one), after));
      return pageOf(rest.slice(0, limit + 1), limit, placeOf);
    }
    const [afterName, afterInstallation, afterChannel] = after;
    const found = await this.pool.query<Channel>(
      findChannels({
        tenantId,
        installation,
        name: containing(q),
        afterName,
        afterInstallation,
        afterChannel,
        most: limit + 1,
      }),
    );
    return pageOf(found.rows, limit, placeOf);
  }
}

const placeOf = ({ name, installationId, id }: Channel): [string, string, string] => [name, installationId, id];
const containsText = (name: string, q: string | undefined): boolean =>
  q === undefined || name.toLowerCase().includes(q.toLowerCase());

function isBehind(place: readonly string[], after: readonly string[]): boolean {
  const at = place.findIndex((part, index) => part !== after[index]);
  return at >= 0 && place[at]! > after[at]!;
}
