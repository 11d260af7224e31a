// The route that declares a whole catalogue. Guarantees: all of it is stored in one transaction, or nothing; every
// error is answered at once, with the type and the field (`report.ready.schema`); a dry run answers the same and stores
// nothing.
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import {
  Answers,
  AuditLog,
  Caller,
  Problem,
  problemOfFields,
  Roles,
  TakesBody,
  type AuditAct,
  type Identity,
} from '@carillon/runtime';
import { z } from 'zod';
import { CatalogueRefresh } from './catalogue-refresh.ts';
import { Catalogue } from './catalogue.ts';
import { changeKinds, type PlannedChange } from './plan-changes.ts';
import { readApplied } from './read-applied.ts';
import type { StoredType } from './stored-type.ts';
import { StoredTypes, type Plan } from './stored-types.ts';

/** What each type is, is checked type by type. */
const applyBody = z.strictObject({
  types: z.array(z.unknown()).min(1).max(1000),
  categories: z.array(z.unknown()).max(1000).default([]),
  dryRun: z.boolean().default(false),
  prune: z.boolean().default(false),
});
const shownChange = z.object({
  name: z.string(),
  change: z.enum(changeKinds),
  fields: z.array(z.string()),
  reason: z.string().optional(),
});
const applied = z.object({ types: z.array(shownChange), categories: z.array(shownChange) });
const exampleChange: z.output<typeof shownChange> = { name: 'report.ready', change: 'changed', fields: ['title'] };
const mib = 1024 * 1024;

@Controller('v1/types/apply')
export class ApplyTypesController {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly stored: StoredTypes,
    private readonly refresh: CatalogueRefresh,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Types that are not named stay; with `prune` those that the API declared, and no file of the service, are removed.
   */
  @Post()
  @Answers({ body: applied, example: { types: [exampleChange], categories: [] }, problems: [409] })
  @TakesBody({ maxBytes: 8 * mib, inFlightBytes: 32 * mib })
  @HttpCode(200)
  @Roles('operator')
  async apply(
    @Caller() caller: Identity,
    @Body({ schema: applyBody }) body: unknown,
  ): Promise<z.output<typeof applied>> {
    const { dryRun, prune, ...given } = body as z.output<typeof applyBody>;
    const { errors, ...whole } = await readApplied(given);
    const options = { by: caller.memberId, dryRun: dryRun || errors.length > 0, prune, file: this.catalogue.declared };
    const plan = await this.stored.apply(whole, options, (manager, planned, before) =>
      this.audit.record(manager, caller, ...actsOf(planned, before)),
    );
    if (errors.length > 0) throw problemOfFields([...errors, ...plan.errors]);
    if (plan.errors.length > 0) throw conflictOf(plan);
    if (!dryRun) await this.refresh.look();
    return { types: plan.types.map(shown), categories: plan.categories.map(shown) };
  }
}

const shown = ({ name, change, fields, reason }: PlannedChange<unknown>): z.output<typeof shownChange> => ({
  ...{ name, change, fields },
  ...(reason !== undefined && { reason }),
});

const conflictOf = ({ errors }: Plan): Problem => {
  const named = [...new Set(errors.map(({ path }) => path))].slice(0, 10);
  return new Problem(409, 'Conflict', `a higher version is needed: ${named.join(', ')}`, errors);
};

const done = { created: 'created', changed: 'changed', removed: 'deleted' } as const;

function actsOf({ types, categories }: Plan, before: ReadonlyMap<string, StoredType>): AuditAct[] {
  const actOf = (
    kind: string,
    { name, change }: PlannedChange<unknown>,
    detail?: Record<string, unknown>,
  ): AuditAct[] =>
    change === 'unchanged' || change === 'kept'
      ? []
      : [{ action: `${kind}.${done[change]}`, subject: `${kind}:${name}`, ...(detail && { detail }) }];
  return [
    ...types.flatMap((one) => {
      const old = before.get(one.name)?.version;
      const version = one.declared?.version;
      return actOf('type', one, { ...(version && { version }), ...(old && { before: old }) });
    }),
    ...categories.flatMap((one) => actOf('category', one)),
  ];
}
