// GET /v1/types and /v1/types/{name}: the notification types that exist. They are declared in a file; there is no API
// that edits them.
import { Controller, Get, Param, Query } from '@nestjs/common';
import { notificationType, type NotificationType } from '@carillon/domain';
import { Answers, decodeCursor, notFound, pageOf, pageOfItems, pageQuery, Roles, type Page } from '@carillon/runtime';
import { z } from 'zod';
import { Catalogue } from './catalogue.ts';

const exampleType = notificationType.parse({ name: 'report.ready', title: 'Report ready', category: 'reports' });

const listQuery = z.strictObject(pageQuery);

@Controller('v1/types')
export class TypesController {
  constructor(private readonly catalogue: Catalogue) {}

  @Get()
  @Answers({
    body: pageOfItems(notificationType),
    example: {
      items: [exampleType],
      nextCursor: null,
    },
  })
  @Roles('owner', 'security_admin', 'admin', 'member', 'product', 'operator')
  list(@Query({ schema: listQuery }) query: unknown): Page<NotificationType> {
    const { limit, cursor } = query as z.output<typeof listQuery>;
    const after = decodeCursor(z.string(), cursor) ?? '';
    const rest = this.catalogue.types.filter((type) => type.name > after);
    return pageOf(rest, limit, (type) => type.name);
  }

  @Get(':name')
  @Answers({ body: notificationType, example: exampleType })
  @Roles('owner', 'security_admin', 'admin', 'member', 'product', 'operator')
  show(@Param('name') name: string): NotificationType {
    const type = this.catalogue.type(name);
    if (!type) throw notFound(`type ${name.slice(0, 100)}`);
    return type;
  }
}
