// The routes of saved destinations: choices of channels, people and group conversations under a name, for workflows and
// for `to` of a request. Guarantee: of two changes that name one version in If-Match one is refused.
import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import { savedDestination, storableText } from '@carillon/domain';
import {
  Answers,
  Caller,
  decodeCursor,
  pageOf,
  pageOfItems,
  pageQuery,
  Roles,
  tenantOf,
  withEtag,
  type AnswerHead,
  type Identity,
  type Page,
} from '@carillon/runtime';
import { z } from 'zod';
import { searchText } from '../installations/installation-of-tenant.ts';
import { Destinations, type Destination, type DestinationBody } from './destinations.ts';

const destinationBody = z.strictObject({ name: savedDestination.shape.name, to: savedDestination.shape.to });
const shownDestination = destinationBody.extend({
  id: z.uuid(),
  version: z.int(),
  updatedBy: z.string(),
  updatedAt: z.iso.datetime(),
});
const shownWithFaults = shownDestination.extend({
  /** What of it would not be told now, since it was archived or removed after it was saved. */
  faults: z.array(z.object({ path: z.string(), message: z.string() })),
});
type ShownWithFaults = z.output<typeof shownWithFaults>;

const example: Destination = {
  id: '0c7a3c2e-5a3b-4f6e-9b51-3d6f8f1f2a10',
  name: 'Sales',
  to: [{ channel: 'C012AB3CD' }, { member: 'ada' }],
  version: 1,
  updatedBy: 'olga',
  updatedAt: '2026-11-26T09:00:00.000Z',
};

const listQuery = z.strictObject({ ...pageQuery, q: searchText });
const position = z.tuple([storableText, storableText]);

@Controller('v1/destinations')
@Roles('owner', 'security_admin', 'admin')
export class DestinationsController {
  constructor(private readonly destinations: Destinations) {}

  @Get()
  @Answers({ body: pageOfItems(shownDestination), example: { items: [example], nextCursor: null } })
  @Roles('owner', 'security_admin', 'admin', 'product')
  async list(@Caller() caller: Identity, @Query({ schema: listQuery }) query: unknown): Promise<Page<Destination>> {
    const { limit, cursor, q } = query as z.output<typeof listQuery>;
    const after = decodeCursor(position, cursor);
    const found = await this.destinations.list(tenantOf(caller), { q, after, count: limit + 1 });
    return pageOf(found, limit, ({ name, id }) => [name.toLowerCase(), id]);
  }

  @Get(':id')
  @Answers({ body: shownWithFaults, example: { ...example, faults: [] } })
  @Roles('owner', 'security_admin', 'admin', 'product')
  async show(
    @Caller() caller: Identity,
    @Param('id') id: string,
    @Res({ passthrough: true }) response: AnswerHead,
  ): Promise<ShownWithFaults> {
    const tenantId = tenantOf(caller);
    const found = withEtag(await this.destinations.get(tenantId, id), response);
    return { ...found, faults: await this.destinations.faults(tenantId, found) };
  }

  @Post()
  @Answers({ status: 201, body: shownDestination, example, problems: [409] })
  @HttpCode(201)
  async create(
    @Caller() caller: Identity,
    @Body({ schema: destinationBody }) body: unknown,
    @Res({ passthrough: true }) response: AnswerHead,
  ): Promise<Destination> {
    return withEtag(await this.destinations.create(tenantOf(caller), body as DestinationBody, caller), response);
  }

  @Put(':id')
  @Answers({ body: shownDestination, example, problems: [409, 412] })
  async replace(
    @Caller() caller: Identity,
    @Param('id') id: string,
    @Body({ schema: destinationBody }) body: unknown,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) response: AnswerHead,
  ): Promise<Destination> {
    const saved = this.destinations.replace(tenantOf(caller), id, body as DestinationBody, caller, ifMatch);
    return withEtag(await saved, response);
  }

  @Delete(':id')
  @Answers({ mediaType: null, description: 'Deleted.', problems: [412] })
  @HttpCode(204)
  async delete(
    @Caller() caller: Identity,
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<void> {
    await this.destinations.delete(tenantOf(caller), id, caller, ifMatch);
  }
}
