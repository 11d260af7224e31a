// Keeps the replicas free of what was deleted while this service was away for longer than its topics remember deletions.
// Guarantees: once a replica was not followed for REPLICA_SWEEP_AFTER_MS (7 days; a tombstone is kept 14), it is compared with the
// whole topic, and a row whose key is not there any more is treated as deleted, with all that follows from a tombstone. Nothing
// waits for this: reading and answering go on. What fails is tried again at the next look.
import { installationChanged, memberChanged, type Topic } from '@carillon/domain';
import { readAllKeys } from '@carillon/messaging';
import { KafkaBatchServer } from '@carillon/messaging/nest';
import { followedUntil, goneKeys, noteFollowed, type GoneKey } from '@carillon/persistence';
import { CONFIG, DATABASE, kafkaConfigOf, Lifecycle } from '@carillon/runtime';
import { counter, createLogger } from '@carillon/telemetry';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Pool } from 'pg';
import type { Config } from '../config.ts';
import { InstallationReplica } from '../installations/installation-replica.ts';
import { MemberReplica } from '../members/member-replica.ts';

const swept = counter('carillon_directory_replica_rows_swept_total', 'Rows whose key was no longer in the topic.', ['topic']);
const lookEveryMs = 10 * 60_000;

interface Replica {
  topic: Topic;
  rows: string;
  forget: (gone: readonly GoneKey[]) => Promise<void>;
}

@Injectable()
export class ReplicaSweep implements OnApplicationBootstrap {
  private readonly log = createLogger('replica-sweep');
  private readonly stopping = new AbortController();
  private readonly replicas: readonly Replica[];
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();

  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    @Inject(CONFIG) private readonly config: Config,
    private readonly consumers: KafkaBatchServer,
    members: MemberReplica,
    installations: InstallationReplica,
    lifecycle: Lifecycle,
  ) {
    this.replicas = [
      {
        topic: memberChanged,
        rows: `SELECT tenant_id || ':' || member_id AS key, version FROM member WHERE NOT deleted`,
        forget: (gone) => members.forget(gone),
      },
      {
        topic: installationChanged,
        rows: 'SELECT installation_id AS key, version FROM installation WHERE NOT deleted',
        forget: (gone) => installations.forget(gone),
      },
    ];
    lifecycle.onStop('work', 'replica sweep', () => this.stop());
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.look(), lookEveryMs).unref();
    this.look();
  }

  private look(): void {
    this.looking = this.looking.then(async () => {
      for (const replica of this.replicas) await this.check(replica);
    });
  }

  /** Never rejects. */
  private async check({ topic, rows, forget }: Replica): Promise<void> {
    if (this.stopping.signal.aborted) return;
    try {
      const followed = await followedUntil(this.pool, topic.name);
      const overdue = followed === undefined || Date.now() - followed.getTime() > this.config.REPLICA_SWEEP_AFTER_MS;
      if (!overdue) {
        if (this.consumers.readiness() === true) await noteFollowed(this.pool, topic.name);
        return;
      }
      const readKeys = (onKeys: (keys: string[]) => Promise<void>) =>
        readAllKeys(kafkaConfigOf(this.config, 'carillon.directory-sync'), topic, { signal: this.stopping.signal, onKeys });
      const gone = await goneKeys(this.pool, { topic: topic.name, rows, readKeys });
      if (!gone) return;
      await forget(gone);
      await noteFollowed(this.pool, topic.name);
      swept.inc({ topic: topic.name }, gone.length);
      this.log.info({ topic: topic.name, followed, rows: gone.length }, 'the replica was compared with its topic; rows without a record are removed');
    } catch (error) {
      if (!this.stopping.signal.aborted) this.log.error({ err: error, topic: topic.name }, 'the replica could not be compared with its topic; it is tried again');
    }
  }

  private async stop(): Promise<void> {
    clearInterval(this.timer);
    this.stopping.abort(new Error('shutting down'));
    await this.looking;
  }
}
