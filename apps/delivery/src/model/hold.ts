// What keeps a delivery waiting, other than the platform itself: the limits and failures of the other side, or the
// delivery's plan (quiet hours).
export const holds = ['nothing', 'slack', 'plan'] as const;
export type Hold = (typeof holds)[number];
