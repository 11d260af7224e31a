/** Milliseconds that never jump, near enough to the wall clock to be read by people. */
export const monotonicNow = (): number => performance.timeOrigin + performance.now();
