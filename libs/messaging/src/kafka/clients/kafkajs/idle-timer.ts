// A run-time patch of kafkajs 2.2.4, its defects 1704, 1751 and 1556: once a connection has answered its first request,
// its queue re-arms a timer of 1 ms (or of a negative time: Node's TimeoutNegativeWarning) for as long as it lives,
// 5 % of a core at rest. The timer is only needed while requests wait. Guarantees: a timer exists only while a request
// waits; waiting requests are sent when the broker's throttling ends.
import { createRequire } from 'node:module';

interface RequestQueue {
  pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

const pollMs = 10;

let patched = false;

export function patchIdleTimer(): void {
  if (patched) return;
  patched = true;
  const require = createRequire(import.meta.url);
  const { prototype } = require('kafkajs/src/network/requestQueue') as { prototype: RequestQueue };
  prototype.scheduleCheckPendingRequests = function scheduleOnlyWhatWaits(this: RequestQueue) {
    if (this.pending.length === 0 || this.throttleCheckTimeoutId) return;
    const throttled = this.throttledUntil - Date.now();
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      throttled > 0 ? throttled : pollMs,
    );
  };
}
