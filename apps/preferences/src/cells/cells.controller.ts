// GET /v1/cells: the cells as this process knows them, for operators and for `carillon cells`. A process knows the file
// that it was started with: during a roll-out the answers of several processes differ.
import { Controller, Get, Query } from '@nestjs/common';
import { cellId, defaultCell, tenantId } from '@carillon/domain';
import { Answers, decodeCursor, pageOf, pageOfItems, pageQuery, Roles, Tenants, type Page } from '@carillon/runtime';
import { z } from 'zod';

const cellOfTenant = z.object({ tenantId, cell: cellId });
const listQuery = z.strictObject({ ...pageQuery, tenantId: tenantId.optional() });

@Controller('v1/cells')
export class CellsController {
  constructor(private readonly tenants: Tenants) {}

  /** The cell to which each tenant's decisions are published. */
  @Get()
  @Answers({
    body: pageOfItems(cellOfTenant),
    example: { items: [{ tenantId: 'acme', cell: defaultCell }], nextCursor: null },
  })
  @Roles('operator')
  list(@Query({ schema: listQuery }) query: unknown): Page<z.output<typeof cellOfTenant>> {
    const { limit, cursor, tenantId: only } = query as z.output<typeof listQuery>;
    const after = decodeCursor(z.string(), cursor) ?? '';
    const chosen = this.tenants
      .all()
      .filter(({ id }) => (only === undefined || id === only) && id > after)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ id }) => ({ tenantId: id, cell: this.tenants.cellOf(id) }));
    return pageOf(chosen, limit, (one) => one.tenantId);
  }
}
