// The route of categories: the words under which people find notification types. Guarantee: every category that a type
// names is listed; one that nobody declared has its name as its title. They are declared in files, and with types by
// POST /v1/types/apply.
import { Controller, Get, Query } from '@nestjs/common';
import { category, type Category } from '@carillon/domain';
import { Answers, decodeCursor, pageOf, pageOfItems, pageQuery, Roles, type Page } from '@carillon/runtime';
import { z } from 'zod';
import { Catalogue } from './catalogue.ts';

const listQuery = z.strictObject(pageQuery);

@Controller('v1/categories')
export class CategoriesController {
  constructor(private readonly catalogue: Catalogue) {}

  @Get()
  @Answers({
    body: pageOfItems(category),
    example: { items: [{ name: 'reports', title: 'Reports' }], nextCursor: null },
  })
  @Roles('owner', 'security_admin', 'admin', 'member', 'product', 'operator')
  list(@Query({ schema: listQuery }) query: unknown): Page<Category> {
    const { limit, cursor } = query as z.output<typeof listQuery>;
    const after = decodeCursor(z.string(), cursor) ?? '';
    const rest = this.catalogue.categories.filter(({ name }) => name > after);
    return pageOf(rest, limit, ({ name }) => name);
  }
}
