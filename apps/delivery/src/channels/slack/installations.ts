// Delivery's replica of the installations, in the database and, since it is small, in memory. Guarantees: an older
// state never replaces a newer one; an installation stays with the tenant that it was first seen with; the deliveries
// of a lost installation wait, and those of a disconnected or deleted one are cancelled; every process learns of a
// change, whichever process consumed it.
import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import type { SlackDestination } from '@carillon/domain';
import { DATABASE } from '@carillon/runtime';
import { createLogger } from '@carillon/telemetry';
import { laneKindOf } from '../../model/lane-id.ts';

interface Known {
  tenantId: string;
  /** Null: installed for a whole organisation, or deleted. */
  teamId: string | null;
  state: string;
  scopes: string[];
}

const historyScope = { dm: 'im:history', group_dm: 'mpim:history', channel: 'channels:history' } as const;
const refreshMs = 5_000;

/** What follows from the state of an installation. `ended` is called again until it succeeds. */
export interface InstallationEffects {
  /** Slack no longer accepts its token: its deliveries wait. */
  lost(installationId: string): void;
  /** It works again. */
  restored(installationId: string): void;
  /** An admin disconnected or deleted them: the deliveries that wait for them are never sent. */
  ended(installationIds: readonly string[]): Promise<void>;
}

/**
 * The replica in memory. It is refreshed after each change that this process consumes, and every few seconds for those
 * of other processes.
 */
@Injectable()
export class Installations {
  private known = new Map<string, Known>();
  /** By team: the tenants that connected it, the oldest connection first. */
  private tenants = new Map<string, Set<string>>();
  /** By team: the tenant of the oldest connection that no admin has ended. */
  private holders = new Map<string, string>();
  private effects: InstallationEffects | undefined;
  private readonly cancelled = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private readonly log = createLogger('installations');

  constructor(@Inject(DATABASE) private readonly pool: Pool) {}

  async start(effects: InstallationEffects): Promise<void> {
    this.effects = effects;
    await this.refresh();
    const poll = (): void =>
      void this.refresh().catch((error: unknown) => this.log.warn({ err: error }, 'installations could not be read'));
    this.timer = setInterval(poll, refreshMs);
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
   * Whether the tenant may not send to this destination: the installation belongs to another tenant or to another
   * workspace; or only other tenants connected the workspace; or another tenant connected it before and still holds it.
   * A workspace has one tenant (ADR 0008), so a later state with another tenant was not written by the installation
   * service. False while the installation is not known.
   */
  isForeign(
    tenantId: string,
    { installationId, teamId }: Pick<SlackDestination, 'installationId' | 'teamId'>,
  ): boolean {
    // A team with the id of another channel's lane would share that lane.
    if (laneKindOf(teamId) !== 'slack') return true;
    const known = this.known.get(installationId);
    if (known && known.tenantId !== tenantId) return true;
    if (known && known.teamId !== null)
      return known.teamId !== teamId || (this.holders.get(teamId) ?? tenantId) !== tenantId;
    return !(this.tenants.get(teamId)?.has(tenantId) ?? true);
  }

  grants(installationId: string, scope: string): boolean {
    return this.known.get(installationId)?.scopes.includes(scope) ?? false;
  }

  /** Whether Slack granted the scope that reading this conversation's history needs. */
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
    // Once for each installation: a delivery that arrives later is refused when it is sent.
    const ended = rows.map((row) => row.installation_id).filter((id) => this.hasEnded(id) && !this.cancelled.has(id));
    if (ended.length === 0 || !this.effects) return;
    await this.effects.ended(ended);
    for (const id of ended) this.cancelled.add(id);
  }
}
