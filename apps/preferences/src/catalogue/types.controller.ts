// The routes of single notification types. Operators declare them by PUT, all at once by POST /v1/types/apply, or in
// files. Guarantees: a type is checked as a whole before it is stored; a change that may refuse what was valid before
// needs a higher version of the type; the types of Carillon itself, and those of files, are not deleted.
import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import { fieldErrorLine, isPlatformType, notificationType, type NotificationType } from '@carillon/domain';
import {
  Answers,
  AuditLog,
  Caller,
  decodeCursor,
  etagOf,
  notFound,
  pageOf,
  pageOfItems,
  pageQuery,
  Problem,
  problemOfFields,
  problemOfIssues,
  refuseIfChanged,
  Roles,
  unavailable,
  type Identity,
  type Page,
  type AnswerHead,
} from '@carillon/runtime';
import { z } from 'zod';
import { CatalogueRefresh } from './catalogue-refresh.ts';
import { Catalogue } from './catalogue.ts';
import { checkType } from './check-type.ts';
import type { StoredType } from './stored-type.ts';
import { BreakingChange, StoredTypes } from './stored-types.ts';

const exampleType = notificationType.parse({ name: 'report.ready', title: 'Report ready', category: 'reports' });
const listQuery = z.strictObject(pageQuery);
const declared = z.looseObject({});

@Controller('v1/types')
export class TypesController {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly stored: StoredTypes,
    private readonly refresh: CatalogueRefresh,
    private readonly audit: AuditLog,
  ) {}

  @Get()
  @Answers({ body: pageOfItems(notificationType), example: { items: [exampleType], nextCursor: null } })
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
  async show(@Param('name') name: string, @Res({ passthrough: true }) response: AnswerHead): Promise<NotificationType> {
    const stored = isPlatformType(name) ? undefined : await this.stored.find(name);
    if (stored && !stored.type)
      throw unavailable(`this release cannot read the type: ${fieldErrorLine(stored.unknown)}`);
    const type = stored?.type ?? this.catalogue.type(name);
    if (!type) throw notFound(`type ${name.slice(0, 100)}`);
    if (stored) response.set({ etag: etagOf({ version: stored.revision }) });
    return type;
  }

  /** Whether the type could be declared so: every error, and nothing is stored. */
  @Post('check')
  @Answers({ body: z.object({ valid: z.literal(true) }), example: { valid: true } })
  @HttpCode(200)
  @Roles('operator', 'product', 'owner', 'admin')
  check(@Body({ schema: declared }) body: unknown): { valid: true } {
    checkedType(body);
    return { valid: true };
  }

  /** The whole type; `name` may be left out. */
  @Put(':name')
  @Answers({
    body: notificationType,
    example: exampleType,
    problems: [409, 412],
    also: [{ status: 201, description: 'The type is new.', body: notificationType, example: exampleType }],
  })
  @Roles('operator')
  async replace(
    @Caller() caller: Identity,
    @Param('name') name: string,
    @Body({ schema: declared }) body: unknown,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) response: AnswerHead,
  ): Promise<NotificationType> {
    const type = checkedType({ name, ...(body as object) });
    if (type.name !== name) throw problemOfFields([{ path: 'name', message: `must be ${name}` }]);
    if (isPlatformType(name)) throw new Problem(409, 'Conflict', `the type ${name} is Carillon's own`);
    try {
      const isNew = await this.stored.put(type, caller.memberId, async (manager, before) => {
        refuseIfChanged(tagOf(before), ifMatch);
        await this.audit.record(manager, caller, {
          action: before ? 'type.changed' : 'type.created',
          subject: `type:${name}`,
          detail: { version: type.version, ...(before && { before: before.version }) },
        });
      });
      if (isNew) response.status(201);
    } catch (error) {
      if (!(error instanceof BreakingChange)) throw error;
      throw new Problem(409, 'Conflict', error.message, error.errors, { cause: error });
    }
    await this.refresh.look();
    return type;
  }

  /** A type of a file that the API declared otherwise is the file's again. */
  @Delete(':name')
  @Answers({ mediaType: null, description: "Deleted, or as the service's file declares it.", problems: [409, 412] })
  @HttpCode(204)
  @Roles('operator')
  async delete(
    @Caller() caller: Identity,
    @Param('name') name: string,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<void> {
    const declared = this.catalogue.declared.types.find((type) => type.name === name);
    await this.stored.delete(name, declared, caller.memberId, async (manager, before) => {
      if (!before) throw notFound(`type ${name.slice(0, 100)}`);
      // A type of a file that does not name it any more may be deleted.
      if (before.origin === 'file' && declared)
        throw new Problem(409, 'Conflict', `the service's file declares the type ${name}`);
      refuseIfChanged(tagOf(before), ifMatch);
      await this.audit.record(manager, caller, {
        action: 'type.deleted',
        subject: `type:${name}`,
        detail: { version: before.version, ...(declared && { restored: declared.version }) },
      });
    });
    await this.refresh.look();
  }
}

function checkedType(body: unknown): NotificationType {
  const read = notificationType.safeParse(body);
  if (!read.success) throw problemOfIssues(read.error.issues, body);
  const errors = checkType(read.data);
  if (errors.length > 0) throw problemOfFields(errors);
  return read.data;
}

const tagOf = (stored: StoredType | undefined): string | undefined => stored && etagOf({ version: stored.revision });
