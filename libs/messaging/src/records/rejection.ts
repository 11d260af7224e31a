// Why a record is not handled: the value that decoding, handlers, dead letters and failed outcomes share.
import type { Position, RawIncoming } from './record.ts';

/** A record that can't be handled, with as much of it as could be read. */
export interface Rejection extends Position {
  readonly code: string;
  readonly detail: string;
  readonly key: string | null;
  readonly id?: string;
  readonly source?: string;
  readonly type?: string;
  /** The payload if it was JSON, whatever its shape. */
  readonly data?: unknown;
  readonly traceparent?: string;
  readonly tracestate?: string;
  readonly raw: RawIncoming;
  /**
   * Set where a whole batch could not be unpacked: `offset` is that of its first record, and there is no key, value or
   * header.
   */
  readonly undecodable?: { readonly lastOffset: string; readonly bytes?: number };
}
