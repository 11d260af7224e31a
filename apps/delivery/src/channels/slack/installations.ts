// What delivery knows of installations: a replica of their topic, in the database and, small as it is, in memory.
// Promises: an older state never replaces a newer one; a lost installation's deliveries wait, a disconnected or deleted
// one's are cancelled; every process learns of a change, whichever of them consumed it.
import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import type { installationChanged, SlackDestination } from '@carillon/domain';
import type { Batch, Handles } from '@carillon/messaging/nest';
import { DATABASE } from '@carillon/runtime';
import { createLogger } from '@carillon/telemetry';

interface Known {
  state: string;
  scopes: string[];
}

const historyScope = { dm: 'im:history', group_dm: 'mpim:history', channel: 'channels:history' } as const;
const refreshMs = 5_000;

/** What the state of installations means for deliveries; told again until it succeeds, so that nothing hangs on a single try. */
export interface InstallationEffects {
  /** Slack no longer accepts it: its deliveries wait. */
  lost(installationId: string): void;
  /** It works, or works again. */
  restored(installationId: string): void;
  /** Some were disconnected or deleted by an admin: what waits for them will never be sent. */
  ended(installationIds: readonly string[]): Promise<void>;
}

/** The replica, read by whoever sends. Kept fresh by its consumer here and by looking again every few seconds. */
@Injectable()
export class Installations {
  private known = new Map<string, Known>();
  private effects: InstallationEffects | undefined;
  private readonly cancelled = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private readonly log = createLogger('installations');

  constructor(@Inject(DATABASE) private readonly pool: Pool) {}

  async start(effects: InstallationEffects): Promise<void> {
    this.effects = effects;
    await this.refresh();
    const look = (): void => void this.refresh().catch((error: unknown) => this.log.warn({ err: error }, 'installations could not be read'));
    this.timer = setInterval(look, refreshMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Whether an admin disconnected or deleted it. */
  hasEnded(installationId: string): boolean {
    const state = this.known.get(installationId)?.state;
    return state === 'disconnected' || state === 'deleted';
  }

  grants(installationId: string, scope: string): boolean {
    return this.known.get(installationId)?.scopes.includes(scope) ?? false;
  }

  /** Reading is only asked for where Slack granted it; a DM by a person's id also has to be opened first. */
  mayReadHistory(to: SlackDestination): boolean {
    return this.grants(to.installationId, historyScope[to.surface]);
  }

  async refresh(): Promise<void> {
    const { rows } = await this.pool.query<Known & { installation_id: string }>(
      `SELECT installation_id, CASE WHEN deleted THEN 'deleted' ELSE state END AS state, scopes FROM installation`,
    );
    const before = this.known;
    this.known = new Map(rows.map((row) => [row.installation_id, { state: row.state, scopes: row.scopes }]));
    for (const [installationId, { state }] of this.known) {
      const wasLost = before.get(installationId)?.state === 'lost';
      if (state === 'lost') this.effects?.lost(installationId);
      else if (wasLost) this.effects?.restored(installationId);
      if (state === 'active' || state === 'lost') this.cancelled.delete(installationId);
    }
    // Once for each: what comes for it later is refused when its turn comes.
    const ended = rows.map((row) => row.installation_id).filter((id) => this.hasEnded(id) && !this.cancelled.has(id));
    if (ended.length === 0 || !this.effects) return;
    await this.effects.ended(ended);
    for (const id of ended) this.cancelled.add(id);
  }
}

@Injectable()
export class ReplicateInstallations implements Handles<typeof installationChanged> {
  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    @Inject(Installations) private readonly installations: Installations,
  ) {}

  async handle(batch: Batch<typeof installationChanged>): Promise<void> {
    // The newest of each installation: one statement cannot change a row twice.
    const newest = new Map<string, { data: (typeof batch.records)[number]['data']; version: number }>();
    for (const record of batch.records) {
      const version = record.data?.version ?? record.version ?? 0;
      if (record.key !== null && version >= (newest.get(record.key)?.version ?? -1)) newest.set(record.key, { data: record.data, version });
    }
    const rows = [...newest].map(([id, { data, version }]) => ({ id, version, data }));
    await this.pool.query(
      `INSERT INTO installation (installation_id, tenant_id, team_id, state, scopes, version, deleted)
       SELECT id, tenant_id, team_id, state, string_to_array(scopes, ' '), version, deleted
         FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::boolean[])
           AS u(id, tenant_id, team_id, state, scopes, version, deleted)
       ON CONFLICT (installation_id) DO UPDATE
          SET tenant_id = CASE WHEN excluded.deleted THEN installation.tenant_id ELSE excluded.tenant_id END,
              team_id = excluded.team_id, state = excluded.state, scopes = excluded.scopes, version = excluded.version,
              deleted = excluded.deleted
        WHERE installation.version < excluded.version`,
      [
        rows.map((row) => row.id),
        rows.map((row) => row.data?.tenantId ?? ''),
        rows.map((row) => row.data?.teamId ?? null),
        rows.map((row) => row.data?.state ?? 'disconnected'),
        rows.map((row) => row.data?.scopes.join(' ') ?? ''),
        rows.map((row) => row.version),
        rows.map((row) => row.data === null),
      ],
    );
    await this.installations.refresh();
  }
}
