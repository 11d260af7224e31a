// Reads and changes the workflows of a tenant. Guarantees: what is stored compiled against its type; nothing of another
// tenant is read or changed; of two changes that name one version, one is refused; a change applies to the next
// notification and is in the audit log, with before and after.
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditLog, notFound, Problem, type Identity } from '@carillon/runtime';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { Catalogue } from '../catalogue/catalogue.ts';
import { recordChange } from '../resolution/context-version.ts';
import { definitionOf, shownOf, type ShownWorkflow, type WorkflowBody } from './workflow-body.ts';
import { WorkflowRow } from './workflow.entity.ts';
import { compileWorkflow } from './workflow.ts';

/** Every one of a type is evaluated for each of its events. */
const mostOfTenant = 200;

/** The position of a page: after this workflow. */
export const workflowPosition = z.tuple([z.int(), z.uuid()]);

@Injectable()
export class Workflows {
  constructor(
    private readonly database: DataSource,
    private readonly catalogue: Catalogue,
    private readonly audit: AuditLog,
  ) {}

  /** In the order in which they run. */
  async list(
    tenantId: string,
    count: number,
    type?: string,
    after?: z.output<typeof workflowPosition>,
  ): Promise<ShownWorkflow[]> {
    const query = this.database.manager
      .createQueryBuilder(WorkflowRow, 'w')
      .where('w.tenantId = :tenantId', { tenantId })
      .orderBy('w.position')
      .addOrderBy('w.id')
      .limit(count);
    if (type !== undefined) query.andWhere('w.type = :type', { type });
    if (after) query.andWhere('(w.position, w.id) > (:position, :id::uuid)', { position: after[0], id: after[1] });
    return (await query.getMany()).map(shownOf);
  }

  async get(tenantId: string, id: string): Promise<ShownWorkflow> {
    return shownOf(await this.find(this.database.manager, tenantId, id));
  }

  async create(tenantId: string, body: WorkflowBody, caller: Identity): Promise<ShownWorkflow> {
    this.check(body);
    return this.database.transaction(async (manager) => {
      await lockTenant(manager, tenantId);
      if ((await manager.countBy(WorkflowRow, { tenantId })) >= mostOfTenant)
        throw new Problem(409, 'Conflict', `a tenant has at most ${mostOfTenant} workflows`);
      return this.save(manager, { id: randomUUID(), tenantId, version: '0' }, body, caller, null);
    });
  }

  /** @param to gets what is stored */
  async change(
    tenantId: string,
    id: string,
    to: (before: ShownWorkflow) => WorkflowBody,
    caller: Identity,
    ifMatch: string | undefined,
  ): Promise<ShownWorkflow> {
    return this.database.transaction(async (manager) => {
      await lockTenant(manager, tenantId);
      const row = await this.find(manager, tenantId, id);
      refuseIfChanged(row, ifMatch);
      const before = shownOf(row);
      const body = to(before);
      this.check(body);
      return this.save(manager, row, body, caller, before);
    });
  }

  async delete(tenantId: string, id: string, caller: Identity, ifMatch: string | undefined): Promise<void> {
    await this.database.transaction(async (manager) => {
      await lockTenant(manager, tenantId);
      const row = await this.find(manager, tenantId, id);
      refuseIfChanged(row, ifMatch);
      await manager.delete(WorkflowRow, { id, tenantId });
      await this.record(manager, caller, {
        tenantId,
        id,
        action: 'workflow.deleted',
        detail: { before: shownOf(row) },
      });
    });
  }

  /** Throws a Problem that names each field which does not fit the type. */
  check(body: WorkflowBody): void {
    const type = this.catalogue.type(body.type);
    if (!type) {
      const errors = [{ path: 'type', message: 'no such type in the catalogue' }];
      throw new Problem(400, 'Bad Request', 'not valid: type', errors);
    }
    const compiled = compileWorkflow('draft', definitionOf(body), type.schema);
    if ('workflow' in compiled) return;
    const errors = compiled.errors.map(({ path, message, start, end }) => ({
      path,
      message: `${message} (characters ${start} to ${end})`,
    }));
    throw new Problem(
      400,
      'Bad Request',
      `not valid: ${[...new Set(errors.map(({ path }) => path))].join(', ')}`,
      errors,
    );
  }

  private async save(
    manager: EntityManager,
    { id, tenantId, version }: Pick<WorkflowRow, 'id' | 'tenantId' | 'version'>,
    { name, type, enabled, order, ...definition }: WorkflowBody,
    caller: Identity,
    before: ShownWorkflow | null,
  ): Promise<ShownWorkflow> {
    const taken = await manager
      .createQueryBuilder(WorkflowRow, 'w')
      .where('w.tenantId = :tenantId AND lower(w.name) = lower(:name) AND w.id <> :id', { tenantId, name, id })
      .getExists();
    if (taken) {
      const message = 'is the name of another workflow';
      throw new Problem(409, 'Conflict', 'another workflow has this name', [{ path: 'name', message }]);
    }
    const saved = await manager.save(WorkflowRow, {
      ...{ id, tenantId, name, type, enabled, position: order, definition },
      ...{ version: String(BigInt(version) + 1n), updatedBy: caller.memberId, updatedAt: new Date() },
    });
    const shown = shownOf(saved);
    const action = before ? 'workflow.changed' : 'workflow.created';
    await this.record(manager, caller, { tenantId, id, action, detail: { ...(before && { before }), after: shown } });
    return shown;
  }

  private async find(manager: EntityManager, tenantId: string, id: string): Promise<WorkflowRow> {
    const row = z.uuid().safeParse(id).success ? await manager.findOneBy(WorkflowRow, { id, tenantId }) : null;
    if (!row) throw notFound(`workflow ${id.slice(0, 100)}`);
    return row;
  }

  /** The tenant's counter is locked last, or two changes could wait for each other. */
  private async record(
    manager: EntityManager,
    caller: Identity,
    { tenantId, id, action, detail }: { tenantId: string; id: string; action: string; detail: Record<string, unknown> },
  ): Promise<void> {
    await this.audit.record(manager, caller, { action, subject: `workflow:${id}`, tenantId, detail });
    const { text, values } = recordChange({ tenantId, recipient: null });
    await manager.query(text, values);
  }
}

/** Names are unique and counted per tenant. */
async function lockTenant(manager: EntityManager, tenantId: string): Promise<void> {
  await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`workflows:${tenantId}`]);
}

function refuseIfChanged({ version }: WorkflowRow, ifMatch: string | undefined): void {
  const etag = `"${version}"`;
  if (ifMatch === undefined || ifMatch === '*' || ifMatch.split(',').some((one) => one.trim() === etag)) return;
  throw new Problem(412, 'Precondition Failed', `it was changed meanwhile: its ETag is ${etag}`);
}
