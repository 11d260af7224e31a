/** The only reader of the environment. Every bad setting is told at once. */
import { z } from 'zod';
import type { SimulatorOptions } from './simulator.ts';

const text = z.string().min(1);
const urls = z
  .string()
  .transform((value) =>
    value
      .split(',')
      .map((u) => u.trim())
      .filter((u) => u !== ''),
  )
  .pipe(z.array(z.url()));

const environment = z.object({
  HOST: text.default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3900),
  PUBLIC_URL: z.url().optional(),
  SLACK_APP_ID: text.default('A0SIMULATED'),
  SLACK_APP_NAME: text.default('Carillon'),
  SLACK_CLIENT_ID: text.default('1000.2000'),
  SLACK_CLIENT_SECRET: text.default('simulated-client-secret'),
  SLACK_SIGNING_SECRET: text.default('simulated-signing-secret'),
  SLACK_TOKEN_ROTATION: z.stringbool().default(false),
  EVENTS_URL: z.url().optional(),
  INTERACTIONS_URL: z.url().optional(),
  COMMANDS_URL: z.url().optional(),
  REDIRECT_URLS: urls.default([]),
  EVENT_RETRY_DELAYS_MS: z
    .string()
    .regex(/^\d+(,\d+)*$/, 'must be milliseconds with commas between, like 0,60000,300000')
    .transform((value) => value.split(',').map(Number))
    .optional(),
});

export function readConfig(env: Record<string, string | undefined>): SimulatorOptions {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = environment.safeParse(given);
  if (!result.success)
    throw new Error(
      `Bad configuration: ${result.error.issues.map((i) => `${i.path.join('.')} ${i.message}`).join('; ')}`,
    );
  const c = result.data;
  return {
    host: c.HOST,
    port: c.PORT,
    publicUrl: c.PUBLIC_URL,
    id: c.SLACK_APP_ID,
    name: c.SLACK_APP_NAME,
    clientId: c.SLACK_CLIENT_ID,
    clientSecret: c.SLACK_CLIENT_SECRET,
    signingSecret: c.SLACK_SIGNING_SECRET,
    tokenRotation: c.SLACK_TOKEN_ROTATION,
    eventsUrl: c.EVENTS_URL,
    interactionsUrl: c.INTERACTIONS_URL,
    commandsUrl: c.COMMANDS_URL,
    redirectUrls: c.REDIRECT_URLS,
    retryDelaysMs: c.EVENT_RETRY_DELAYS_MS,
  };
}
