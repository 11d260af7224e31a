// Why a sync failed, and whether it may be retried.
import type { Retry } from '@carillon/domain';
import type { SlackFailure } from '@carillon/slack';

export class SyncFailure extends Error {
  override readonly name = 'SyncFailure';

  constructor(
    /** Slack's error code, or one of Carillon's; admins see it. */
    readonly code: string,
    readonly retry: Retry,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const muchLaterMs = 10 * 60_000;

export function failureOf(method: string, { code, retry, advice, needed }: SlackFailure): SyncFailure {
  const when = retry === 'much_later' ? { afterMs: muchLaterMs } : retry === 'refresh_token' ? 'later' : retry;
  return new SyncFailure(code, when, `${method}: ${code}${needed ? ` (${needed})` : ''}. ${advice}`);
}
