// Keeps a service's replicas free of what was deleted while it was away for longer than its topics remember deletions.
// Guarantees: once a replica was not followed for REPLICA_SWEEP_AFTER_MS (7 days; a tombstone is kept 14), it is
// compared with the whole topic, and a row whose key is not there any more is treated as deleted, with all that follows
// from a tombstone. Nothing waits for this: reading and answering go on. What fails is tried again at the next look.
import type { Topic } from '@carillon/domain';
import { readAllKeys, type KafkaConfig } from '@carillon/messaging';
import { KafkaBatchServer } from '@carillon/messaging-nest';
import { followedUntil, findMissingKeys, noteFollowed, type MissingKey } from '@carillon/persistence';
import { counter, createLogger } from '@carillon/telemetry';
import type { FactoryProvider, InjectionToken, OnApplicationBootstrap } from '@nestjs/common';
import type { Pool } from 'pg';
import { kafkaConfigOf, type KafkaSettings } from '../config/fragments.ts';
import { CONFIG, DATABASE } from '../platform/tokens.ts';
import { Lifecycle } from '../process/lifecycle.ts';

const swept = counter('carillon_replica_rows_swept_total', 'Rows of a replica whose key was no longer in the topic.', [
  'topic',
]);
const lookEveryMs = 10 * 60_000;

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
  /** Says whether the topics are being followed. */
  consumers: Pick<KafkaBatchServer, 'readiness'>;
  lifecycle: Lifecycle;
  sweepAfterMs: number;
}

export class ReplicaSweep implements OnApplicationBootstrap {
  private readonly log = createLogger('replica-sweep');
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();

  constructor(
    private readonly replicas: readonly Replica[],
    private readonly parts: ReplicaSweepParts,
  ) {
    parts.lifecycle.onStop('work', 'replica sweep', () => this.stop());
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
      swept.inc({ topic: topic.name }, gone.length);
      this.log.info(
        { topic: topic.name, followed, rows: gone.length },
        'the replica was compared with its topic; rows without a record are removed',
      );
    } catch (error) {
      if (!signal.aborted)
        this.log.error(
          { err: error, topic: topic.name },
          'the replica could not be compared with its topic; it is tried again',
        );
    }
  }

  private async stop(): Promise<void> {
    clearInterval(this.timer);
    this.stopping.abort(new Error('shutting down'));
    await this.looking;
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
