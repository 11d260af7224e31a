// The run of malformed records, for this suite (a small one) and for the benchmarks (100,000).
export { runMalformed, startMalformedStage, type MalformedOptions, type MalformedReport } from './run-malformed.ts';
