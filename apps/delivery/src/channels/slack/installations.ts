// Delivery's replica of the installations, in the database and, since it is small, in memory. Guarantees: an older
// state never replaces a newer one; an installation stays with the tenant that it was first seen with; the deliveries
// of a lost installation wait, and those of a disconnected or deleted one are cancelled; every process learns of a
// change, whichever process consumed it; a refresh reads what changed since the last one, however many there are; a
// loss is one warning in the log of each process.
import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { hasCapability, type CapabilityName, type SlackDestination } from '@carillon/domain';
import { DATABASE } from '@carillon/runtime';
import { defineStatement } from '@carillon/persistence';
import { createLogger } from '@carillon/telemetry';
import { lostInstallations } from '../../metrics.ts';
import { laneKindOf } from '../../model/lane-id.ts';

interface Known {
  tenantId: string;
  /** Null: installed for a whole organisation, or deleted. */
  teamId: string | null;
  state: string;
  scopes: string[];
  /** In the order of the first state that arrived here. */
  firstSeen: number;
}

/** Whether a channel is private is not known here, so either scope lets Slack be asked. */
const history = {
  dm: ['find_direct_messages'],
  group_dm: ['find_group_messages'],
  channel: ['find_channel_messages', 'find_private_channel_messages'],
} as const satisfies Record<SlackDestination['surface'], readonly CapabilityName[]>;
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
  private readonly known = new Map<string, Known>();
  private readonly byTeam = new Map<string, Map<string, Known>>();
  /** By team: the tenants that connected it. */
  private readonly tenants = new Map<string, Set<string>>();
  /** By team: the tenant of the oldest connection that no admin has ended. */
  private readonly holders = new Map<string, string>();
  private effects: InstallationEffects | undefined;
  /** Disconnected or deleted, and their deliveries are not cancelled yet. */
  private readonly toCancel = new Set<string>();
  private readonly lost = new Set<string>();
  /** The oldest transaction that may have changed something since the last refresh. */
  private changedFrom = '0';
  private refreshing: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private readonly log = createLogger('installations');

  constructor(@Inject(DATABASE) private readonly pool: Pool) {}

  async start(effects: InstallationEffects): Promise<void> {
    this.effects = effects;
    this.known.clear();
    this.lost.clear();
    this.changedFrom = '0';
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

  /** Whether Slack granted the scopes that the capability needs. */
  can(installationId: string, capability: CapabilityName): boolean {
    return hasCapability(this.known.get(installationId)?.scopes ?? [], capability);
  }

  /** Whether Slack granted a scope with which this conversation's history may be read. */
  mayReadHistory({ installationId, surface }: SlackDestination): boolean {
    return history[surface].some((capability) => this.can(installationId, capability));
  }

  /** One after another: a refresh that began earlier must not bring back what a later one has replaced. */
  refresh(): Promise<void> {
    const next = this.refreshing.then(() => this.readChanges());
    this.refreshing = next.catch(() => undefined);
    return next;
  }

  private async readChanges(): Promise<void> {
    const { rows } = await this.pool.query<Row>(selectChanged({ changedFrom: this.changedFrom }));
    const teams = new Set<string>();
    for (const row of rows) {
      if (row.installation_id === null) continue;
      const { installation_id: id, tenantId, teamId, state, scopes, firstSeen } = row;
      const before = this.known.get(id);
      this.keep(id, { tenantId, teamId, state, scopes, firstSeen: Number(firstSeen) }, before, teams);
      this.apply(id, state, before);
    }
    for (const teamId of teams) this.decideHolder(teamId);
    this.changedFrom = rows[0]!.horizon;
    lostInstallations.set(this.lost.size);
    // Once for each installation: a delivery that arrives later is refused when it is sent.
    if (this.toCancel.size === 0 || !this.effects) return;
    const ended = [...this.toCancel];
    await this.effects.ended(ended);
    for (const id of ended) this.toCancel.delete(id);
  }

  private keep(id: string, now: Known, before: Known | undefined, teams: Set<string>): void {
    this.known.set(id, now);
    if (before && before.teamId !== null) {
      this.byTeam.get(before.teamId)?.delete(id);
      teams.add(before.teamId);
    }
    if (now.teamId === null) return;
    const team = this.byTeam.get(now.teamId) ?? new Map<string, Known>();
    this.byTeam.set(now.teamId, team.set(id, now));
    teams.add(now.teamId);
  }

  private apply(id: string, state: string, before: Known | undefined): void {
    if (state === 'lost' && !this.lost.has(id)) {
      this.lost.add(id);
      const { tenantId: tenant, teamId } = this.known.get(id)!;
      this.log.warn(
        { installationId: id, tenant, teamId },
        'Slack no longer accepts the installation: its deliveries wait until it is connected again, or expire',
      );
      this.effects?.lost(id);
    } else if (state !== 'lost' && this.lost.delete(id)) this.effects?.restored(id);
    if (state === 'active' || state === 'lost') this.toCancel.delete(id);
    else if (before?.state !== state) this.toCancel.add(id);
  }

  private decideHolder(teamId: string): void {
    const connected = [...(this.byTeam.get(teamId)?.values() ?? [])].sort((a, b) => a.firstSeen - b.firstSeen);
    const holder = connected.find(({ state }) => state === 'active' || state === 'lost');
    if (connected.length === 0) this.tenants.delete(teamId);
    else this.tenants.set(teamId, new Set(connected.map(({ tenantId }) => tenantId)));
    if (holder) this.holders.set(teamId, holder.tenantId);
    else this.holders.delete(teamId);
  }
}

/** One row without an installation where nothing changed: the horizon comes with every answer. */
interface Row extends Omit<Known, 'firstSeen'> {
  horizon: string;
  installation_id: string | null;
  firstSeen: string;
}

/** Transactions before the horizon have ended, so this answer shows what they changed. */
const selectChanged = defineStatement({
  parameters: { changedFrom: 'text' },
  text: (p) => `
SELECT h.horizon::text AS horizon, i.installation_id, i.tenant_id AS "tenantId", i.team_id AS "teamId",
       CASE WHEN i.deleted THEN 'deleted' ELSE i.state END AS state, i.scopes, i.first_seen::text AS "firstSeen"
  FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS horizon) AS h
  LEFT JOIN installation AS i ON i.changed_in >= ${p.changedFrom}::xid8 AND i.tenant_id <> ''`,
});
