// Why the ready deliveries of a lane do not go.
export const blockCauses = ['paused', 'limited', 'no_owner', 'installation_lost'] as const;
export type BlockCause = (typeof blockCauses)[number];
