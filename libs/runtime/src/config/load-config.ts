// Reads the environment of a service. Guarantees: the error names every key that is not valid; any key may instead be
// given as NAME_FILE (a mounted secret); the result is frozen; printing it shows *** for secrets.
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { z } from 'zod';
import { isSecret } from './secret.ts';

export interface ConfigProblem {
  key: string;
  message: string;
}

export class ConfigError extends Error {
  readonly code = 'bad_config';
  readonly retry = 'never';

  constructor(readonly problems: ConfigProblem[]) {
    super(
      ['The configuration is not usable:', ...problems.map(({ key, message }) => `  ${key}: ${message}`)].join('\n'),
    );
    this.name = 'ConfigError';
  }
}

export function loadConfig<S extends z.ZodObject>(schema: S, env: NodeJS.ProcessEnv): Readonly<z.output<S>> {
  const problems: ConfigProblem[] = [];
  const given: Record<string, string> = {};
  for (const key of Object.keys(schema.shape)) {
    const value = read(key, env, problems);
    if (value !== undefined) given[key] = value;
  }
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const unreadable = new Set(problems.map((problem) => problem.key));
    for (const issue of parsed.error.issues) {
      const key = issue.path.map(String).join('.') || 'environment';
      if (!unreadable.has(key)) problems.push({ key, message: messageOf(issue, key, given, schema) });
    }
  }
  if (problems.length > 0 || !parsed.success) throw new ConfigError(problems);
  return masked(schema, parsed.data);
}

function read(key: string, env: NodeJS.ProcessEnv, problems: ConfigProblem[]): string | undefined {
  // `X=` in a compose file means "not set".
  const direct = env[key];
  if (direct !== undefined && direct !== '') return direct;
  const file = env[`${key}_FILE`];
  if (!file) return undefined;
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    problems.push({
      key,
      message: `the file that ${key}_FILE names cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`,
    });
    return undefined;
  }
}

/** A message of ours or of zod's; never the value, for it may be a secret. */
function messageOf(issue: z.core.$ZodIssue, key: string, given: Record<string, string>, schema: z.ZodObject): string {
  // A check of several keys together says itself why one is needed.
  if (key in schema.shape && !(key in given) && issue.code !== 'custom') return 'is missing';
  return issue.message;
}

function masked<S extends z.ZodObject>(schema: S, values: z.output<S>): Readonly<z.output<S>> {
  const config = { ...values };
  const shown = (): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(config).map(([key, value]) => [
        key,
        value !== undefined && isSecret(schema.shape[key]) ? '***' : value,
      ]),
    );
  Object.defineProperties(config, {
    toJSON: { value: shown, enumerable: false },
    toString: { value: () => JSON.stringify(shown()), enumerable: false },
    [inspect.custom]: { value: shown, enumerable: false },
  });
  return Object.freeze(config);
}
