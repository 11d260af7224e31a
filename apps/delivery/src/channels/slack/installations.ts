// What delivery knows of installations: a replica of their topic, in the database and, small as it is, in memory.
// Guarantees: an older state never replaces a newer one, and an installation stays with the tenant that it was first
// seen with; a lost installation's deliveries wait, a disconnected or deleted one's are cancelled; every process learns
// of a change, whichever of them consumed it.
import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import type { SlackDestination } from '@carillon/domain';
import { DATABASE } from '@carillon/runtime';
import { createLogger } from '@carillon/telemetry';
import { isEmailLane } from '../../lanes/lane-id.ts';

interface Known {
  tenantId: string;
  /** Null: org-wide, or deleted. */
  teamId: string | null;
  state: string;
  scopes: string[];
}

const historyScope = { dm: 'im:history', group_dm: 'mpim:history', channel: 'channels:history' } as const;
const refreshMs = 5_000;

/**
 * What the state of installations means for deliveries; told again until it succeeds, so that nothing hangs on a single
 * try.
 */
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
  /** Who connected a workspace, by team; the one that holds it first. */
  private tenants = new Map<string, Set<string>>();
  /** By team, the tenant of the oldest connection that an admin has not ended. */
  private holders = new Map<string, string>();
  private effects: InstallationEffects | undefined;
  private readonly cancelled = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private readonly log = createLogger('installations');

  constructor(@Inject(DATABASE) private readonly pool: Pool) {}

  async start(effects: InstallationEffects): Promise<void> {
    this.effects = effects;
    await this.refresh();
    const look = (): void =>
      void this.refresh().catch((error: unknown) => this.log.warn({ err: error }, 'installations could not be read'));
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

  /**
   * Whether it is surely not the tenant's to send through: another tenant's installation, one of another workspace, or
   * a workspace that only other tenants connected, or that another one connected before and still holds (ADR 0008: a
   * workspace has one tenant, so a later state that says otherwise was not written by the installation service). False
   * while the installation is not known.
   */
  isForeign(
    tenantId: string,
    { installationId, teamId }: Pick<SlackDestination, 'installationId' | 'teamId'>,
  ): boolean {
    // A lane of that name is an e-mail lane.
    if (isEmailLane(teamId)) return true;
    const known = this.known.get(installationId);
    if (known && known.tenantId !== tenantId) return true;
    if (known && known.teamId !== null)
      return known.teamId !== teamId || (this.holders.get(teamId) ?? tenantId) !== tenantId;
    return !(this.tenants.get(teamId)?.has(tenantId) ?? true);
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
      `SELECT installation_id, tenant_id AS "tenantId", team_id AS "teamId", CASE WHEN deleted THEN 'deleted' ELSE state END AS state, scopes
         FROM installation WHERE tenant_id <> '' ORDER BY first_seen`,
    );
    const before = this.known;
    this.known = new Map(rows.map(({ installation_id, ...known }) => [installation_id, known]));
    this.tenants = new Map();
    this.holders = new Map();
    for (const { teamId, tenantId, state } of rows) {
      if (teamId === null) continue;
      this.tenants.set(teamId, (this.tenants.get(teamId) ?? new Set()).add(tenantId));
      if ((state === 'active' || state === 'lost') && !this.holders.has(teamId)) this.holders.set(teamId, tenantId);
    }
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
