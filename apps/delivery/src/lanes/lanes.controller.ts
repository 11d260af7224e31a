// Lanes as operators see them: what waits in each, who owns it, what Slack blocks; and the switch that stops one,
// whose use stands in the audit log.
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { z } from 'zod';
import { channelKind, isStorable, storableText } from '@carillon/domain';
import { defineStatement, inTransaction } from '@carillon/persistence';
import {
  Answers,
  AuditLog,
  Caller,
  DATABASE,
  decodeCursor,
  notFound,
  pageOf,
  pageOfItems,
  pageQuery,
  Roles,
  type AuditAct,
  type Identity,
  type Page,
} from '@carillon/runtime';
import { laneKindOf } from '../model/lane-id.ts';
import { Ownership } from '../ownership/ownership.ts';
import type { LearnedRate } from '../model/lane-assignment.ts';

const laneView = z.object({
  id: z.string(),
  kind: channelKind,
  /** The process that sends for the lane; absent where no process does. */
  owner: z.string().optional(),
  epoch: z.int(),
  paused: z.object({ at: z.iso.datetime(), by: z.string(), reason: z.string().optional() }).optional(),
  /** Methods that Slack blocked, with the instant at which each block ends. */
  blocked: z.record(z.string(), z.string()),
  /** Installations whose deliveries wait here: Slack no longer accepts them. */
  blockedInstallations: z.array(z.object({ id: z.string(), reason: z.literal('installation_lost'), waiting: z.int() })),
  /** The learned rate of the workspace. */
  postingPerMinute: z.number().optional(),
  depth: z.object({ ready: z.int(), waiting: z.int(), sending: z.int(), unknown: z.int() }),
  oldestReadyAgeSeconds: z.number().optional(),
});
export type LaneView = z.output<typeof laneView>;

const exampleLane: LaneView = {
  id: 'T012AB3CD',
  kind: 'slack',
  owner: 'delivery-1',
  epoch: 3,
  blocked: { 'chat.postMessage': '2026-11-26T09:00:30.000Z' },
  blockedInstallations: [{ id: '5b0f4a3c-1f63-4b0e-8c55-0a4f2a6c7d11', reason: 'installation_lost', waiting: 15 }],
  postingPerMinute: 600,
  depth: { ready: 12, waiting: 3, sending: 1, unknown: 0 },
  oldestReadyAgeSeconds: 4.2,
};

interface Row {
  id: string;
  owner: string | null;
  epoch: string;
  paused_at: Date | null;
  paused_by: string | null;
  pause_reason: string | null;
  blocked: Record<string, string> | null;
  pace: LearnedRate | null;
  lost: { id: string; waiting: number }[] | null;
  ready: number;
  waiting: number;
  sending: number;
  unknown: number;
  oldest: number | null;
}

const listQuery = z.object({ ...pageQuery });
const pauseBody = z.strictObject({ reason: storableText.max(200).optional() });

const lanesSql = `
WITH page AS (SELECT * FROM lane WHERE lane_id > $1 AND ($2::text IS NULL OR lane_id = $2) ORDER BY lane_id LIMIT $3),
c AS (
  SELECT d.lane, count(*) FILTER (WHERE d.state = 'ready')::integer AS ready, count(*) FILTER (WHERE d.state = 'waiting')::integer AS waiting,
         count(*) FILTER (WHERE d.state = 'sending')::integer AS sending, count(*) FILTER (WHERE d.state = 'unknown')::integer AS unknown,
         extract(epoch FROM clock_timestamp() - min(d.ready_at) FILTER (WHERE d.state = 'ready'))::float8 AS oldest
    FROM delivery_live d WHERE d.lane IN (SELECT lane_id FROM page) GROUP BY d.lane),
lost AS (
  SELECT lane, json_agg(json_build_object('id', installation_id, 'waiting', waiting) ORDER BY installation_id) AS installations
    FROM (SELECT d.lane, d.installation_id, count(*)::integer AS waiting
            FROM delivery_live d JOIN installation i USING (installation_id)
           WHERE d.lane IN (SELECT lane_id FROM page) AND i.state = 'lost' AND NOT i.deleted
           GROUP BY d.lane, d.installation_id) AS counted
   GROUP BY lane)
SELECT p.lane_id AS id, p.pod_id AS owner, p.epoch, p.paused_at, p.paused_by, p.pause_reason, p.blocked, p.pace,
       coalesce(c.ready, 0) AS ready, coalesce(c.waiting, 0) AS waiting, coalesce(c.sending, 0) AS sending, coalesce(c.unknown, 0) AS unknown, c.oldest,
       lost.installations AS lost
  FROM page p LEFT JOIN c ON c.lane = p.lane_id LEFT JOIN lost ON lost.lane = p.lane_id ORDER BY p.lane_id`;

@Controller('v1/lanes')
@Roles('operator')
export class LanesController {
  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    @Inject(Ownership) private readonly ownership: Ownership,
    @Inject(AuditLog) private readonly audit: AuditLog,
  ) {}

  @Get()
  @Answers({ body: pageOfItems(laneView), example: { items: [exampleLane], nextCursor: null } })
  async list(@Query({ schema: listQuery }) { limit, cursor }: z.infer<typeof listQuery>): Promise<Page<LaneView>> {
    const after = decodeCursor(storableText, cursor) ?? '';
    const { rows } = await this.pool.query<Row>(lanesSql, [after, null, limit + 1]);
    return pageOf(rows.map(viewOf), limit, ({ id }) => id);
  }

  @Get(':id')
  @Answers({ body: laneView, example: exampleLane })
  async one(@Param('id') id: string): Promise<LaneView> {
    if (!isStorable(id)) throw notFound('the lane');
    const { rows } = await this.pool.query<Row>(lanesSql, ['', id, 1]);
    if (!rows[0]) throw notFound(`lane ${id.slice(0, 100)}`);
    return viewOf(rows[0]);
  }

  @Post(':id/pause')
  @Answers({ body: laneView, example: exampleLane })
  @HttpCode(200)
  pause(
    @Param('id') id: string,
    @Caller() caller: Identity,
    @Body({ schema: pauseBody.optional() }) body?: z.infer<typeof pauseBody>,
  ): Promise<LaneView> {
    const act = {
      action: 'lane.paused',
      subject: `lane:${id}`,
      ...(body?.reason !== undefined && { detail: { reason: body.reason } }),
    };
    return this.change(
      id,
      'paused_at = coalesce(paused_at, now()), paused_by = $2, pause_reason = $3',
      [caller.memberId, body?.reason ?? null],
      caller,
      act,
    );
  }

  @Post(':id/resume')
  @Answers({ body: laneView, example: exampleLane })
  @HttpCode(200)
  resume(@Param('id') id: string, @Caller() caller: Identity): Promise<LaneView> {
    return this.change(id, 'paused_at = NULL, paused_by = NULL, pause_reason = NULL', [], caller, {
      action: 'lane.resumed',
      subject: `lane:${id}`,
    });
  }

  private async change(
    id: string,
    changes: string,
    values: unknown[],
    caller: Identity,
    act: AuditAct,
  ): Promise<LaneView> {
    if (!isStorable(id)) throw notFound('the lane');
    const found = await inTransaction(this.pool, async (client) => {
      const { rowCount } = await client.query(`UPDATE lane SET ${changes} WHERE lane_id = $1`, [id, ...values]);
      if (rowCount === 0) return false;
      const tenantId = await tenantOf(client, id);
      await this.audit.record(client, caller, { ...act, ...(tenantId !== undefined && { tenantId }) });
      return true;
    });
    if (!found) throw notFound(`lane ${id.slice(0, 100)}`);
    await this.ownership.wakeOthers([]);
    return this.one(id);
  }
}

const selectTenant = defineStatement({
  parameters: { teamId: 'text' },
  text: (p) =>
    `SELECT tenant_id FROM installation WHERE team_id = ${p.teamId} ORDER BY deleted, first_seen DESC LIMIT 1`,
});

/** The tenant whose deliveries wait in the lane, so that its owner sees who stopped them. */
async function tenantOf(client: PoolClient, laneId: string): Promise<string | undefined> {
  if (laneKindOf(laneId) !== 'slack') return laneId.slice(laneId.indexOf(':') + 1);
  const { rows } = await client.query<{ tenant_id: string }>(selectTenant({ teamId: laneId }));
  return rows[0]?.tenant_id;
}

function viewOf({
  id,
  owner,
  epoch,
  paused_at,
  paused_by,
  pause_reason,
  blocked,
  pace,
  lost,
  oldest,
  ...depth
}: Row): LaneView {
  const now = Date.now();
  return {
    id,
    kind: laneKindOf(id),
    ...(owner !== null && { owner }),
    epoch: Number(epoch),
    ...(paused_at && {
      paused: {
        at: paused_at.toISOString(),
        by: paused_by ?? '',
        ...(pause_reason !== null && { reason: pause_reason }),
      },
    }),
    blocked: Object.fromEntries(Object.entries(blocked ?? {}).filter(([, until]) => Date.parse(until) > now)),
    blockedInstallations: (lost ?? []).map(({ id, waiting }) => ({
      id,
      reason: 'installation_lost' as const,
      waiting,
    })),
    ...(pace && { postingPerMinute: Math.round(pace.perMinute) }),
    depth,
    ...(oldest !== null && { oldestReadyAgeSeconds: Math.round(oldest * 10) / 10 }),
  };
}
