// Deletes rows of a replica whose deletion the service missed, because it did not run for longer than the topic keeps
// tombstones. Guarantees: a replica that was not updated for REPLICA_SWEEP_AFTER_MS (7 days; a tombstone is kept for
// 14) is compared with the whole topic; a row whose key is not in the topic is deleted, with the same effects as after
// a tombstone. The service does not wait for the comparison. A comparison that fails is repeated after ten minutes.
//
// A comparison that would delete too much (find-missing-keys.ts) deletes nothing and logs an error every time, until
// the producers of the topic have written their states again.
import type { Topic } from '@carillon/domain';
import { readAllKeys, type KafkaConfig } from '@carillon/messaging';
import { KafkaBatchServer } from '@carillon/messaging-nest';
import { followedUntil, findMissingKeys, noteFollowed, type MissingKey } from '@carillon/persistence';
import { createLogger } from '@carillon/telemetry';
import type { FactoryProvider, InjectionToken, OnApplicationBootstrap } from '@nestjs/common';
import type { Pool } from 'pg';
import { kafkaConfigOf, type KafkaSettings } from '../config/fragments.ts';
import { replicaRowsSwept } from '../metrics.ts';
import { CONFIG, DATABASE } from '../platform/tokens.ts';
import { Lifecycle } from '../process/lifecycle.ts';

const compareEveryMs = 10 * 60_000;

export interface Replica {
  topic: Topic;
  /** `SELECT … AS key, … AS version`: the rows that are not deleted. */
  rows: string;
  /** Deletes these rows as if a tombstone with the row's own version had come. */
  forget: (gone: readonly MissingKey[]) => Promise<void>;
}

export interface ReplicaSweepParts {
  pool: Pool;
  kafka: KafkaConfig;
  /** Tells whether the topics are consumed without a backlog. */
  consumers: Pick<KafkaBatchServer, 'readiness'>;
  lifecycle: Lifecycle;
  sweepAfterMs: number;
}

export class ReplicaSweep implements OnApplicationBootstrap {
  private readonly log = createLogger('replica-sweep');
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private comparing: Promise<void> = Promise.resolve();

  constructor(
    private readonly replicas: readonly Replica[],
    private readonly parts: ReplicaSweepParts,
  ) {
    parts.lifecycle.onStop('work', 'replica sweep', () => this.stop());
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.compareAll(), compareEveryMs).unref();
    this.compareAll();
  }

  private compareAll(): void {
    this.comparing = this.comparing.then(async () => {
      for (const replica of this.replicas) await this.check(replica);
    });
  }

  /** Never rejects. */
  private async check({ topic, rows, forget }: Replica): Promise<void> {
    const { pool, kafka, consumers, sweepAfterMs } = this.parts;
    const { signal } = this.stopping;
    if (signal.aborted) return;
    try {
      const followed = await followedUntil(pool, topic.name);
      const overdue = followed === undefined || Date.now() - followed.getTime() > sweepAfterMs;
      if (!overdue) {
        if (consumers.readiness() === true) await noteFollowed(pool, topic.name);
        return;
      }
      const gone = await findMissingKeys(pool, {
        topic: topic.name,
        rows,
        readKeys: (onKeys) => readAllKeys(kafka, topic, { signal, onKeys }),
      });
      if (!gone) return;
      await forget(gone);
      await noteFollowed(pool, topic.name);
      replicaRowsSwept.inc({ topic: topic.name }, gone.length);
      this.log.info(
        { topic: topic.name, followed, rows: gone.length },
        'the replica was compared with its topic; rows without a record are removed',
      );
    } catch (error) {
      if (!signal.aborted)
        this.log.error(
          { err: error, topic: topic.name },
          'the replica could not be compared with its topic; another attempt follows',
        );
    }
  }

  private async stop(): Promise<void> {
    clearInterval(this.timer);
    this.stopping.abort(new Error('shutting down'));
    await this.comparing;
  }
}

/**
 * The sweep of a service whose config holds `kafkaConfig` and `replicaConfig`; `replicasOf` gets what `inject` names.
 */
export function replicaSweep<Injected extends unknown[]>(
  service: string,
  inject: { [At in keyof Injected]: InjectionToken<Injected[At]> },
  replicasOf: (...injected: Injected) => Replica[],
): FactoryProvider<ReplicaSweep> {
  return {
    provide: ReplicaSweep,
    inject: [CONFIG, DATABASE, KafkaBatchServer, Lifecycle, ...inject],
    useFactory: (
      config: KafkaSettings & { REPLICA_SWEEP_AFTER_MS: number },
      pool: Pool,
      consumers: KafkaBatchServer,
      lifecycle: Lifecycle,
      ...injected: Injected
    ) =>
      new ReplicaSweep(replicasOf(...injected), {
        ...{ pool, consumers, lifecycle },
        kafka: kafkaConfigOf(config, `carillon.${service}`),
        sweepAfterMs: config.REPLICA_SWEEP_AFTER_MS,
      }),
  };
}
