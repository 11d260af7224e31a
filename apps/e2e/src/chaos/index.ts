// Chaos for whoever wants to run it: this suite with a small one, the benchmarks with a big one.
export { runChaos, type ChaosOptions, type ChaosReport } from './run-chaos.ts';
export { seedOf } from './dice.ts';
