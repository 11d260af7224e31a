// How many messages of one type a recipient gets within some minutes. What comes beyond is told by one message, which
// says how many more there were.
import { z } from 'zod';

export const throttle = z.strictObject({
  /** Messages that are sent one by one. */
  limit: z.int().min(1).max(1000),
  /** From the first of them. */
  minutes: z.int().min(1).max(1440),
});
export type Throttle = z.infer<typeof throttle>;
