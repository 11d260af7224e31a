// The environment of the process that runs the playground or the tests. Only this file and main.ts read `process.env`;
// functions that depend on variables take them as a parameter.
export const environment: NodeJS.ProcessEnv = process.env;
