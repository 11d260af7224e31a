// The link in an e-mail that turns its type off for its recipient; preferences reads it. No link where the type must
// be told, or where the platform was given no key to sign with.
import { signUnsubscribeToken } from '@carillon/domain/unsubscribe-token';
import type { ClaimedDelivery } from '../../model/claimed-delivery.ts';

export interface UnsubscribeSettings {
  key: string;
  /** How people reach `preferences`. */
  url: string;
}

export function unsubscribeUrlOf(
  { mutable, tenantId, recipient, type }: ClaimedDelivery,
  settings: UnsubscribeSettings | undefined,
): string | undefined {
  if (mutable !== true || settings === undefined) return undefined;
  return `${settings.url.replace(/\/+$/, '')}/v1/unsubscribe/${signUnsubscribeToken(settings.key, { tenantId, recipient, type })}`;
}
