// Holds every tenant to its quota before anything of a request is read: requests beyond it are moved to the bulk topic,
// from where they are decided at a bounded pace (resolve-bulk.ts). Guarantees: a burst costs a tenant's neighbours a
// search and a copy per request, not a decision; bytes, headers and key stay as they are, and so does the partition;
// what shares an ordering key stays in order, since a tenant that is behind in a partition stays behind until its bulk
// there has been decided; nothing is lost when the process dies at any step, and what is repeated then has the same
// ids. What is too large to be moved with one more header is decided at once.
import { Inject, Injectable } from '@nestjs/common';
import { notificationRequestedBulk } from '@carillon/domain';
import {
  Publisher,
  type HeaderValue,
  type KafkaRecord,
  type Place,
  type RawIncoming,
  type Sifted,
} from '@carillon/messaging';
import { CONFIG, Tenants } from '@carillon/runtime';
import { counter, checkpoint } from '@carillon/telemetry';
import type { Config } from '../config.ts';
import { BulkBacklog } from './bulk-backlog.ts';
import { movedCopy } from './moved-record.ts';
import { tenantOfRecord } from './tenant-of-record.ts';
import { TokenBuckets } from './token-buckets.ts';

/** A request counts as one for each of these that it begins: large ones take their time too. */
const bytesOfOne = 4_096;
/** With its headers and one more it still fits into a record. */
const mostBytes = 900_000;

const moved = counter(
  'carillon_requests_moved_total',
  "Requests beyond their tenant's quota, moved to the bulk topic.",
);

@Injectable()
export class QuotaGate {
  private readonly buckets: TokenBuckets;
  private readonly isDeclared: (tenantId: string) => boolean;

  constructor(
    @Inject(CONFIG) config: Config,
    tenants: Tenants,
    private readonly backlog: BulkBacklog,
    private readonly publisher: Publisher,
  ) {
    const { QUOTA_REQUESTS_PER_SECOND: perSecond, QUOTA_BURST: burst } = config;
    this.isDeclared = (tenantId) => tenants.has(tenantId);
    this.buckets = new TokenBuckets((tenantId) => {
      const own = tenants.get(tenantId)?.quota;
      return own
        ? {
            requestsPerSecond: own.requestsPerSecond,
            burst: own.burst ?? Math.max(1, Math.ceil(4 * own.requestsPerSecond)),
          }
        : { requestsPerSecond: perSecond, burst };
    });
  }

  async sift(records: readonly KafkaRecord[], { topic, partition, signal }: Place): Promise<Sifted> {
    const behind = await this.backlog.behind(partition, BigInt(records[0]!.offset), BigInt(records.at(-1)!.offset));
    const now: KafkaRecord[] = [];
    const later: KafkaRecord[] = [];
    const through = new Map<string, bigint>();
    const nowMs = performance.now();
    for (const record of records) {
      const tenant = tenantOfRecord(record.value, this.isDeclared);
      if (tenant !== undefined && this.exceeds(tenant, record, behind.has(tenant) || through.has(tenant), nowMs)) {
        later.push(record);
        through.set(tenant, BigInt(record.offset));
      } else now.push(record);
    }
    if (later.length === 0) return { now };
    return {
      now,
      // Only after those before them were handled: what is repeated after a crash then follows what it followed before.
      move: async () => {
        await this.backlog.extend(partition, through);
        checkpoint('quota.noted');
        await this.publisher.publishRecords(
          later.map((record) => movedCopy(record, notificationRequestedBulk.name, { topic, partition })),
          { signal },
        );
        checkpoint('quota.moved');
        moved.inc(later.length);
      },
    };
  }

  private exceeds(tenant: string, record: KafkaRecord, isBehind: boolean, nowMs: number): boolean {
    const bytes = record.value!.length;
    if (!isBehind && this.buckets.take(tenant, Math.ceil(bytes / bytesOfOne), nowMs)) return false;
    return bytes < mostBytes - headerBytes(record.headers);
  }
}

function headerBytes(headers: RawIncoming['headers'] = {}): number {
  let bytes = 0;
  for (const name of Object.keys(headers)) bytes += name.length + lengthOf(headers[name]);
  return bytes;
}

const lengthOf = (value: HeaderValue): number =>
  Array.isArray(value) ? value.reduce((sum, one) => sum + one.length, 0) : (value?.length ?? 0);
