// What an attempt is allowed, for specs.
import type { SendGuard } from '../model/send-result.ts';

export const sendGuard = (granted: boolean): SendGuard => ({
  canSend: () => granted,
  reserve: () => 0,
  releaseSlot: () => undefined,
  signal: new AbortController().signal,
});
