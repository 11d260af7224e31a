// Which cell answers a request. Guarantees: what concerns one tenant is answered by the cell where the tenant is,
// whichever cell was asked; while a tenant moves it is 503, so nothing is changed in a cell that it is leaving; what an
// operator asks without a tenant reaches all cells: a list goes through them one after the other, and an object is
// looked for in each. A platform of one cell pays nothing.
import { Inject, Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { readMoves } from '@carillon/cells';
import type { Cell } from '@carillon/domain';
import { CONFIG, DATABASE, identityOfRequest, Problem, Tenants, unavailable } from '@carillon/runtime';
import type { Request } from 'express';
import type { Pool } from 'pg';
import { catchError, from, type Observable } from 'rxjs';
import type { Config } from '../config.ts';
import { askCell, cellHeader } from './ask-cell.ts';

const movingRetrySeconds = 5;

@Injectable()
export class RouteToCell implements NestInterceptor {
  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    @Inject(Tenants) private readonly tenants: Tenants,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    if (!this.tenants.divided || context.getType() !== 'http') return next.handle();
    const request = context.switchToHttp().getRequest<Request>();
    const caller = identityOfRequest(request);
    if (!caller || caller.roles.includes('service')) return next.handle();
    const named = request.headers[cellHeader];
    if (named !== undefined && named !== this.config.CELL) return from(askCell(this.cell(named), request));
    const tenantId = caller.tenantId ?? tenantInBody(request.body);
    if (tenantId !== undefined) {
      const cell = await this.cellOf(tenantId);
      if (cell === this.config.CELL) return next.handle();
      if (named === undefined) return from(askCell(this.cell(cell), request));
      throw new Problem(421, 'Misdirected Request', `${tenantId} is in cell ${cell}`);
    }
    if (named !== undefined) return next.handle();
    if (request.method === 'GET') return from(this.fromAll(request));
    return next.handle().pipe(catchError((error: unknown) => from(this.elsewhere(request, error))));
  }

  private async cellOf(tenantId: string): Promise<string> {
    const move = (await readMoves(this.pool, [tenantId])).get(tenantId);
    const declared = this.tenants.cellOf(tenantId);
    if (move === undefined) return declared;
    if (move.ended && move.direction === 'in') return this.config.CELL;
    // It may have moved again since it left; or this process has not seen the file yet that says that it left.
    if (move.ended) return declared === this.config.CELL ? move.cell : declared;
    const detail = `${tenantId} is moving ${move.direction === 'in' ? 'here from' : 'to'} cell ${move.cell}`;
    throw unavailable(detail, undefined, movingRetrySeconds);
  }

  private cell(id: unknown): Cell {
    const found = this.tenants.cells.find((cell) => cell.id === id);
    if (found) return found;
    throw new Problem(400, 'Bad Request', `not valid: ${cellHeader}`, [
      { path: cellHeader, message: `must be one of ${this.tenants.cells.map((cell) => cell.id).join(', ')}` },
    ]);
  }

  /** A cursor says which cell's page it continues. */
  private async fromAll(request: Request): Promise<unknown> {
    const url = new URL(request.originalUrl, 'http://cell');
    const { id, cursor } = placeOf(url.searchParams.get('cursor') ?? '', this.tenants.cells);
    url.searchParams.delete('cursor');
    if (cursor !== '') url.searchParams.set('cursor', cursor);
    const cell = this.cell(id);
    let answer: unknown;
    try {
      answer = await askCell(cell, request, `${url.pathname}${url.search}`);
    } catch (error) {
      return this.elsewhere(request, error, cell.id);
    }
    if (!isPage(answer)) return answer;
    const following = this.tenants.cells[this.tenants.cells.indexOf(cell) + 1];
    const nextCursor =
      answer.nextCursor !== null
        ? `${cell.id}~${answer.nextCursor}`
        : following === undefined
          ? null
          : `${following.id}~`;
    return { ...answer, items: answer.items.map((item) => ({ ...item, cell: cell.id })), nextCursor };
  }

  /** What does not exist in one cell may exist in another. */
  private async elsewhere(request: Request, error: unknown, asked = this.config.CELL): Promise<unknown> {
    if (!isMissing(error)) throw error;
    for (const cell of this.tenants.cells) {
      if (cell.id === asked) continue;
      try {
        return await askCell(cell, request);
      } catch (again) {
        if (!isMissing(again)) throw again;
      }
    }
    throw error;
  }
}

/** Callers of several tenants may name one there; the cell that answers decides whether it is theirs. */
function tenantInBody(body: unknown): string | undefined {
  const { tenantId, filter } = (body ?? {}) as { tenantId?: unknown; filter?: { tenantId?: unknown } };
  return [tenantId, filter?.tenantId].find((one) => typeof one === 'string');
}

const isMissing = (error: unknown): boolean => error instanceof Problem && error.status === 404;

interface AnyPage {
  items: object[];
  nextCursor: string | null;
}

const isPage = (answer: unknown): answer is AnyPage =>
  Array.isArray((answer as Partial<AnyPage> | null)?.items) && (answer as Partial<AnyPage>).nextCursor !== undefined;

/** A list begins with the first cell. */
function placeOf(cursor: string, cells: readonly Cell[]): { id: string; cursor: string } {
  const [, id, rest] = /^([a-z0-9]{1,20})~(.*)$/.exec(cursor) ?? [];
  return id === undefined ? { id: cells[0]!.id, cursor } : { id, cursor: rest! };
}
