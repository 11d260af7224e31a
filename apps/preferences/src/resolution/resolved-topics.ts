// Where resolutions go: to the topic of the cell that each tenant belongs to. Guarantees: a publication resolves when
// every record of it is acknowledged; records of other cells go out although those of one do not.
import { Injectable } from '@nestjs/common';
import { inCell, notificationResolved, type ResolvedNotification } from '@carillon/domain';
import { Publisher, type Outgoing, type PublishOptions } from '@carillon/messaging';
import { Tenants } from '@carillon/runtime';

export type Resolved = Outgoing<ResolvedNotification>;

/** How many partitions the topic of a tenant's cell has. */
export type PartitionsOf = (tenantId: string) => number;

@Injectable()
export class ResolvedTopics {
  constructor(
    private readonly publisher: Publisher,
    private readonly tenants: Tenants,
  ) {}

  /** For these tenants. */
  async partitionsOf(tenantIds: Iterable<string>): Promise<PartitionsOf> {
    const cells = [...new Set([...tenantIds].map((id) => this.tenants.cellOf(id)))];
    const counts = new Map(
      await Promise.all(
        cells.map(
          async (cell) => [cell, await this.publisher.partitionsOf(inCell(notificationResolved, cell))] as const,
        ),
      ),
    );
    return (tenantId) => counts.get(this.tenants.cellOf(tenantId))!;
  }

  /** Unchecked: what we made ourselves the compiler has checked. */
  async publish(records: readonly Resolved[], options: Pick<PublishOptions, 'signal'>): Promise<void> {
    const byCell = Map.groupBy(records, ({ data }) => this.tenants.cellOf(data.tenantId));
    const ends = await Promise.allSettled(
      [...byCell].map(([cell, some]) =>
        this.publisher.publish(inCell(notificationResolved, cell), some, { ...options, validate: false }),
      ),
    );
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }
}
