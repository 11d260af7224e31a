// Publishes the channels that changed, and a tombstone for those that are gone. Triggers of the database note which
// (1797660000000-channel-publications.ts). Guarantees: the last state of every channel is published, at least once and
// in order; versions of a channel grow; what a transaction still writes is passed over and published after it; of a
// tenant that does not want its channels published, none stays published. It does not publish each state in between.
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { channelChanged, type ChannelState } from '@carillon/domain';
import { uuidv5 } from '@carillon/domain/ids';
import { encode, tombstone, type RawRecord } from '@carillon/messaging';
import { addToOutbox, defineStatement, inTransaction, rows } from '@carillon/persistence';
import { CONFIG, DATABASE, Lifecycle, Tenants } from '@carillon/runtime';
import { createLogger } from '@carillon/telemetry';
import type { Pool, PoolClient } from 'pg';
import type { Config } from '../config.ts';

const perStep = 500;

type Key = Pick<ChannelState, 'installationId' | 'channelId'>;
type Found = Omit<ChannelState, 'teamId'> & { teamId: string | null; published: boolean };

const key = { installationId: 'text', channelId: 'text' } as const;

const lockPending = defineStatement({
  parameters: { most: 'integer' },
  text: (p) => `
SELECT installation_id AS "installationId", channel_id AS "channelId" FROM channel_publication
 WHERE pending LIMIT ${p.most} FOR UPDATE SKIP LOCKED`,
});

// The clock of the database: processes differ, and a channel that comes back begins without its last version.
const selectStates = defineStatement({
  parameters: { keys: rows(key) },
  text: (p) => `
SELECT installation_id AS "installationId", channel_id AS "channelId", p.tenant_id AS "tenantId", c.team_id AS "teamId",
       c.name, c.private AS "isPrivate", c.archived AS "isArchived", c.member AS "isMember", p.version > 0 AS published,
       greatest(p.version + 1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)::float8 AS version
  FROM ${p.keys.as('given')} JOIN channel_publication p USING (installation_id, channel_id)
  LEFT JOIN channel c USING (installation_id, channel_id)
 ORDER BY installation_id, channel_id`,
});

const storePublished = defineStatement({
  parameters: { published: rows({ ...key, version: 'bigint' }) },
  text: (p) => `
UPDATE channel_publication t SET pending = false, version = given.version FROM ${p.published.as('given')}
 WHERE t.installation_id = given.installation_id AND t.channel_id = given.channel_id`,
});

const forget = defineStatement({
  parameters: { gone: rows(key) },
  text: (p) => `
DELETE FROM channel_publication t USING ${p.gone.as('given')}
 WHERE t.installation_id = given.installation_id AND t.channel_id = given.channel_id`,
});

const notePolicy = defineStatement({
  parameters: { unpublished: 'text[]' },
  text: (p) => `
UPDATE channel_publication SET pending = true WHERE (installation_id, channel_id) IN (
  SELECT installation_id, channel_id FROM channel_publication
   WHERE NOT pending AND (tenant_id = ANY (${p.unpublished})) = (version > 0) LIMIT ${perStep} FOR UPDATE SKIP LOCKED)`,
});

@Injectable()
export class PublishChannels implements OnApplicationBootstrap {
  private readonly log = createLogger('channels');
  private readonly unpublished: ReadonlySet<string>;
  private isPolicyNoted = false;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private isStopping = false;

  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    @Inject(CONFIG) private readonly config: Pick<Config, 'CHANNELS_POLL_MS'>,
    tenants: Tenants,
    lifecycle: Lifecycle,
  ) {
    this.unpublished = new Set(
      tenants
        .all()
        .filter(({ publishChannels }) => publishChannels === false)
        .map(({ id }) => id),
    );
    lifecycle.onStop('work', 'publishing channels', () => this.stop());
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.wake(), this.config.CHANNELS_POLL_MS);
    this.wake();
  }

  private wake(): void {
    this.running ??= this.publishAll()
      .catch((error: unknown) =>
        this.log.warn({ err: error }, 'channels that changed could not be published; the next poll tries again'),
      )
      .finally(() => (this.running = undefined));
  }

  private async stop(): Promise<void> {
    this.isStopping = true;
    clearInterval(this.timer);
    await this.running;
  }

  private async publishAll(): Promise<void> {
    do {
      if (!this.isPolicyNoted) await this.noteSome();
    } while (!this.isStopping && ((await this.publishSome()) === perStep || !this.isPolicyNoted));
  }

  /** A row that is locked is written by somebody, who notes it. */
  private async noteSome(): Promise<void> {
    const noted = await this.pool.query(notePolicy({ unpublished: [...this.unpublished] }));
    this.isPolicyNoted = noted.rowCount === 0;
  }

  /** Returns how many there were. */
  private publishSome(): Promise<number> {
    return inTransaction(this.pool, async (client) => {
      const { rows: keys } = await client.query<Key>(lockPending({ most: perStep }));
      // A statement of its own: what was committed before the locks were taken must be seen.
      if (keys.length > 0) await this.publish(client, (await client.query<Found>(selectStates({ keys }))).rows);
      return keys.length;
    });
  }

  private async publish(client: PoolClient, found: readonly Found[]): Promise<void> {
    const records: RawRecord[] = [];
    const kept: (Key & { version: number })[] = [];
    const gone: Key[] = [];
    for (const { published, teamId, ...state } of found) {
      const wanted = teamId !== null && !this.unpublished.has(state.tenantId);
      if (wanted) records.push(recordOf({ ...state, teamId }));
      else if (published)
        records.push(tombstone(channelChanged, `${state.installationId}:${state.channelId}`, state.version));
      if (teamId === null) gone.push(state);
      else kept.push({ ...state, version: wanted ? state.version : 0 });
    }
    await addToOutbox(client, records);
    if (kept.length > 0) await client.query(storePublished({ published: kept }));
    if (gone.length > 0) await client.query(forget({ gone }));
  }
}

function recordOf(data: ChannelState): RawRecord {
  const { installationId, channelId, version } = data;
  const id = uuidv5(installationId, channelId, String(version));
  const outgoing = { id, source: '/carillon/directory-sync', subject: channelId, data };
  return encode(channelChanged, outgoing, { validate: false });
}
