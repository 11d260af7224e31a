// The environment of the process that runs the playground, the test run or a tool of theirs. No other file of this
// project, besides main.ts, reads `process.env`; functions that depend on variables take them as a parameter.
export const environment: NodeJS.ProcessEnv = process.env;
