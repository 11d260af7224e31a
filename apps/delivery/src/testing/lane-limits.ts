// Limits of lanes, for specs.
import { methodLimitOf } from '@carillon/slack';
import type { LaneLimits } from '../model/lane-limits.ts';

/** Slack's methods at their tiers; messages without a limit. */
export const slackLimits: LaneLimits = {
  posting: { perMinute: 0, burst: 1, mostPerMinute: 0 },
  perChannel: { perSecond: 0, burst: 1 },
  callsAtOnce: 256,
  methods: { create: 'chat.postMessage', update: 'chat.update', delete: 'chat.delete' },
  callsPerMinute: (method) => methodLimitOf(method).perMinute,
};
