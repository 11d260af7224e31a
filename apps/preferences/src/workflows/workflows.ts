// Reads and changes the workflows of a tenant. Guarantees: what is stored compiled against its type when it was saved,
// and is shown with a fault where it does not any more; nothing of another tenant is read or changed; of two changes
// that name one version, one is refused; a change applies to the next notification and is in the audit log, with before
// and after.
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { NotificationType } from '@carillon/domain';
import { lockName } from '@carillon/persistence';
import {
  AuditLog,
  etagOf,
  notFound,
  Problem,
  problemOfFields,
  refuseIfChanged,
  type FieldProblem,
  type Identity,
} from '@carillon/runtime';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { BoundedCache } from '../caches/bounded-cache.ts';
import { Catalogue } from '../catalogue/catalogue.ts';
import { recordAudited } from '../resolution/context-version.ts';
import { TimeSlice } from '../quota/time-slice.ts';
import { bodyOf, definitionOf, shownOf, type ShownWorkflow, type WorkflowBody } from './workflow-body.ts';
import { WorkflowRow } from './workflow.entity.ts';
import { compileWorkflow } from './workflow.ts';

const mostOfTenant = 200;
/** Every one of a type is evaluated for each of its events. */
const mostOfType = 50;

/** The position of a page: after this workflow. */
export const workflowPosition = z.tuple([z.int(), z.uuid()]);

@Injectable()
export class Workflows {
  private readonly faults = new WeakMap<NotificationType, BoundedCache<string, { fault: string | undefined }>>();

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
    const shown: ShownWorkflow[] = [];
    const slice = new TimeSlice();
    for (const row of await query.getMany()) {
      shown.push(this.shown(row));
      await slice.yieldIfOver();
    }
    return shown;
  }

  async get(tenantId: string, id: string): Promise<ShownWorkflow> {
    return this.shown(await this.find(this.database.manager, tenantId, id));
  }

  async create(tenantId: string, body: WorkflowBody, caller: Identity): Promise<ShownWorkflow> {
    this.check(body);
    return this.database.transaction(async (manager) => {
      // Names are unique and counted per tenant.
      await lockName(manager, `workflows:${tenantId}`);
      if ((await manager.countBy(WorkflowRow, { tenantId })) >= mostOfTenant)
        throw new Problem(409, 'Conflict', `a tenant has at most ${mostOfTenant} workflows`);
      await refuseFullType(manager, tenantId, body.type);
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
      await lockName(manager, `workflows:${tenantId}`);
      const row = await this.find(manager, tenantId, id);
      refuseIfChanged(etagOf(row), ifMatch);
      const before = shownOf(row);
      const body = to(before);
      // What is stored may not fit its type any more: it can still be turned off, renamed or moved.
      if (!isDeepStrictEqual(compiledPart(body), compiledPart(bodyOf(before)))) this.check(body);
      if (body.type !== before.type) await refuseFullType(manager, tenantId, body.type);
      return this.save(manager, row, body, caller, before);
    });
  }

  async delete(tenantId: string, id: string, caller: Identity, ifMatch: string | undefined): Promise<void> {
    await this.database.transaction(async (manager) => {
      await lockName(manager, `workflows:${tenantId}`);
      const row = await this.find(manager, tenantId, id);
      refuseIfChanged(etagOf(row), ifMatch);
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
    const errors = misfits(body, this.catalogue.type(body.type));
    if (errors.length > 0) throw problemOfFields(errors);
  }

  private shown(row: WorkflowRow): ShownWorkflow {
    const fault = this.faultOf(row);
    return { ...shownOf(row), ...(fault !== undefined && { fault }) };
  }

  /** Found once for each version of the workflow and of its type. */
  private faultOf(row: WorkflowRow): string | undefined {
    const type = this.catalogue.type(row.type);
    if (!type) return faultIn(misfits(bodyOf(shownOf(row)), type));
    const ofType = this.faults.get(type) ?? new BoundedCache<string, { fault: string | undefined }>(1_000);
    this.faults.set(type, ofType);
    return ofType.get(`${row.id}:${row.version}`, () => ({ fault: faultIn(misfits(bodyOf(shownOf(row)), type)) }))
      .fault;
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
    return this.shown(saved);
  }

  private async find(manager: EntityManager, tenantId: string, id: string): Promise<WorkflowRow> {
    const row = z.uuid().safeParse(id).success ? await manager.findOneBy(WorkflowRow, { id, tenantId }) : null;
    if (!row) throw notFound(`workflow ${id.slice(0, 100)}`);
    return row;
  }

  private record(
    manager: EntityManager,
    caller: Identity,
    { tenantId, id, action, detail }: { tenantId: string; id: string; action: string; detail: Record<string, unknown> },
  ): Promise<void> {
    const act = { action, subject: `workflow:${id}`, tenantId, detail };
    return recordAudited(manager, this.audit, caller, act, null);
  }
}

async function refuseFullType(manager: EntityManager, tenantId: string, type: string): Promise<void> {
  if ((await manager.countBy(WorkflowRow, { tenantId, type })) < mostOfType) return;
  const message = `has ${mostOfType} workflows already, which is the most`;
  throw new Problem(409, 'Conflict', `a type has at most ${mostOfType} workflows of a tenant`, [
    { path: 'type', message },
  ]);
}

const compiledPart = ({ type, when, tell, mention }: WorkflowBody) => ({ type, when, tell, mention });

function misfits(body: WorkflowBody, type: NotificationType | undefined): FieldProblem[] {
  if (!type) return [{ path: 'type', message: 'no such type in the catalogue' }];
  const compiled = compileWorkflow('draft', definitionOf(body), type.schema);
  if ('workflow' in compiled) return [];
  return compiled.errors.map(({ path, message, start, end }) => ({
    path,
    message: `${message} (characters ${start} to ${end})`,
  }));
}

const faultIn = ([first]: readonly FieldProblem[]): string | undefined => first && `${first.path}: ${first.message}`;
