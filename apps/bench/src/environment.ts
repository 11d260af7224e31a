// The environment of the process that measures: the only reader of `process.env`, besides main.ts and the baselines in
// bare/, which are processes of their own.
export const environment: NodeJS.ProcessEnv = process.env;
