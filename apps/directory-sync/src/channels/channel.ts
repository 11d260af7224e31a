// A channel as pickers show it.
import { z } from 'zod';

export const channel = z.object({
  installationId: z.string(),
  id: z.string(),
  teamId: z.string(),
  name: z.string(),
  private: z.boolean(),
  /** Whether the app is in it: else somebody invites it, or it has the scope to post without. */
  member: z.boolean(),
});
export type Channel = z.output<typeof channel>;
