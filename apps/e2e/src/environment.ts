// The environment of the process that runs the end-to-end tests: the only reader of `process.env`, besides specs.
export const environment: NodeJS.ProcessEnv = process.env;
