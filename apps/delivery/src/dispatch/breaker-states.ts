// The states of a lane's circuit breaker (circuit-breaker.ts).
export const breakerStates = ['closed', 'open', 'probing', 'trial', 'recovering'] as const;
export type BreakerState = (typeof breakerStates)[number];
