// The three topics that products write, and what a good record on each looks like. `n` tells the records of a topic
// apart.
import type { ForeignRecord } from './clients.ts';

export const source = '/acme/foreign';

export interface ProductTopic {
  name: string;
  data(n: number): Record<string, unknown>;
  key(n: number): string;
  /** A field of the data that holds text. */
  text: string;
}

export interface Target {
  installation: string;
  channel: string;
}

/** Requests go to the channel, in the order of one key; retractions take back what `retractable` asked for. */
export function productTopics(target: Target): Record<'requested' | 'retracted' | 'member', ProductTopic> {
  return {
    requested: {
      name: 'carillon.notification.requested.v1',
      data: (n) => request(target, `chain-${n}`, 'chain'),
      key: () => 'chain',
      text: 'title',
    },
    retracted: {
      name: 'carillon.notification.retracted.v1',
      data: (n) => ({ tenantId: 'acme', source, id: retractable(n) }),
      key: (n) => retractable(n),
      text: 'id',
    },
    member: {
      name: 'carillon.member.changed.v1',
      data: (n) => ({
        tenantId: 'acme',
        memberId: `foreign-${n}`,
        email: `foreign-${n}@acme.test`,
        name: `Foreign ${n}`,
        active: true,
        version: 1,
      }),
      key: (n) => `acme:foreign-${n}`,
      text: 'name',
    },
  };
}

export const retractable = (n: number): string => `retractable-${n}`;

export const request = (
  { installation, channel }: Target,
  title: string,
  orderingKey: string,
): Record<string, unknown> => ({
  tenantId: 'acme',
  type: 'report.ready',
  to: [{ channel, installation }],
  title,
  orderingKey,
});

/** In binary mode, with every header that a good producer writes. */
export function record(
  topic: string,
  id: string,
  data: unknown,
  { key = id, partition = 0, ceSource = source }: { key?: string; partition?: number; ceSource?: string } = {},
): ForeignRecord {
  const headers: Record<string, string> = {
    ce_specversion: '1.0',
    ce_id: id,
    ce_source: ceSource,
    ce_type: topic,
    'content-type': 'application/json',
  };
  return {
    topic,
    partition,
    key: Buffer.from(key),
    headers: Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)]),
    value: Buffer.from(JSON.stringify(data)),
  };
}

/** The same event in structured mode. */
export function structured(topic: string, id: string, data: unknown, attributes: Record<string, unknown> = {}): string {
  return JSON.stringify({ specversion: '1.0', id, source, type: topic, data, ...attributes });
}
