// The chaos run, for this suite (a small one) and for the benchmarks (a big one).
export { runChaos, type ChaosOptions, type ChaosReport } from './run-chaos.ts';
export { seedOf } from './seed-of.ts';
