// Finds the tenant whose quota a record counts against: a declared one, for which the record's source may publish.
// Guarantees: nobody uses up another tenant's quota, and nobody evades their own quota by the form of a record. Almost
// every record costs a text search and two look-ups, since this runs for every request of the platform. A record for
// which they decide nothing is decoded as its handler decodes it. This is no validation: the handler validates.
import { notificationRequested, platformSource } from '@carillon/domain';
import { decoderOf, textOf, type Decoder, type KafkaRecord, type Place } from '@carillon/messaging';
import type { Tenants } from '@carillon/runtime';

const name = '"tenantId"';
const quote = 0x22;
const colon = 0x3a;
const backslash = 0x5c;
/** The longest id, when each of its characters takes four bytes. */
const longest = 800;

export class TenantOfRecord {
  private decoder: { topic: string; decode: Decoder<typeof notificationRequested> } | undefined;

  constructor(private readonly tenants: Pick<Tenants, 'has' | 'allowsSource'>) {}

  /** Undefined: the record is going to be refused. */
  of(record: KafkaRecord, { topic, partition }: Pick<Place, 'topic' | 'partition'>): string | undefined {
    const found = textualTenant(record.value);
    const source = textOf(record.headers?.['ce_source']);
    if (found !== undefined && source !== undefined && this.mayPublish(found, source)) return found;
    if (this.decoder?.topic !== topic)
      this.decoder = {
        topic,
        decode: decoderOf({ ...notificationRequested, name: topic } as typeof notificationRequested),
      };
    const decoded = this.decoder.decode(record, partition);
    if (!('received' in decoded)) return undefined;
    const { data, source: decodedSource } = decoded.received;
    return this.mayPublish(data.tenantId, decodedSource) ? data.tenantId : undefined;
  }

  private mayPublish(tenantId: string, source: string): boolean {
    return this.tenants.has(tenantId) && (source === platformSource || this.tenants.allowsSource(tenantId, source));
  }
}

/** What stands behind the first "tenantId" in the text, wherever that is. */
export function textualTenant(value: Buffer | null): string | undefined {
  if (value === null) return undefined;
  const at = value.indexOf(name, 0, 'latin1');
  if (at < 0) return undefined;
  let from = at + name.length;
  while (isBlank(value[from]) || value[from] === colon) from++;
  if (value[from] !== quote) return undefined;
  from++;
  for (let end = from; end < value.length && end - from <= longest; end++) {
    if (value[end] === backslash) return undefined;
    if (value[end] === quote) return value.toString('utf8', from, end);
  }
  return undefined;
}

const isBlank = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
