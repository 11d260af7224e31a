/**
 * The only reader of the environment. Every bad setting is told at once. docs/configuration.md lists the keys with the
 * descriptions that stand here.
 */
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
  .pipe(z.array(z.url()))
  .meta({ valueType: 'list of URLs, separated by commas' });
const delays = z
  .string()
  .regex(/^\d+(,\d+)*$/, 'must be milliseconds with commas between, like 0,60000,300000')
  .transform((value) => value.split(',').map(Number))
  .meta({ valueType: 'list of milliseconds, separated by commas' });
const port = z.coerce.number().int().min(0).max(65_535).meta({ valueType: 'port' });
const flag = z.stringbool().meta({ valueType: '`true` or `false`' });

export const config = z.object({
  HOST: text.default('127.0.0.1').describe('Address that the HTTP server listens on.'),
  PORT: port.default(3900).describe('Port of the HTTP server; 0 takes a free one.'),
  PUBLIC_URL: z
    .url()
    .optional()
    .describe('How browsers and apps reach the simulator, where that is not its host and port.'),
  SLACK_APP_ID: text.default('A0SIMULATED').describe('The id of the one app that exists.'),
  SLACK_APP_NAME: text.default('Carillon').describe("The app's name, which its messages show."),
  SLACK_CLIENT_ID: text.default('1000.2000').describe('The client id with which the app exchanges codes for tokens.'),
  SLACK_CLIENT_SECRET: text.default('simulated-client-secret').describe("The app's client secret."),
  SLACK_SIGNING_SECRET: text
    .default('simulated-signing-secret')
    .describe('Signs the events, interactions and commands that the app receives.'),
  SLACK_APP_TOKEN: z
    .string()
    .startsWith('xapp-')
    .default('xapp-1-simulated')
    .describe('The app-level token, for `apps.event.authorizations.list`.'),
  SLACK_PKCE: z
    .enum(['allowed', 'refused'])
    .default('allowed')
    .describe('Whether the app may use PKCE; `refused` answers `pkce_not_allowed` when the code is exchanged.'),
  SLACK_TOKEN_ROTATION: flag
    .default(false)
    .describe('Whether bot tokens expire and are refreshed, in workspaces that do not say it themselves.'),
  EVENTS_URL: z.url().optional().describe('Where events are sent. Without it none is sent.'),
  INTERACTIONS_URL: z.url().optional().describe('Where interactions are sent, such as the click of a button.'),
  COMMANDS_URL: z.url().optional().describe('Where slash commands are sent.'),
  REDIRECT_URLS: urls
    .default([])
    .meta({ shownDefault: 'any' })
    .describe('Where OAuth may send the browser back: to these addresses and to those below them.'),
  EVENT_RETRY_DELAYS_MS: delays
    .optional()
    .meta({ shownDefault: '`0,60000,300000`' })
    .describe("Pauses before the first, second and third retry of an event; the default is Slack's."),
});

export function readConfig(env: Record<string, string | undefined>): SimulatorOptions {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = config.safeParse(given);
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
    appToken: c.SLACK_APP_TOKEN,
    pkce: c.SLACK_PKCE,
    tokenRotation: c.SLACK_TOKEN_ROTATION,
    eventsUrl: c.EVENTS_URL,
    interactionsUrl: c.INTERACTIONS_URL,
    commandsUrl: c.COMMANDS_URL,
    redirectUrls: c.REDIRECT_URLS,
    retryDelaysMs: c.EVENT_RETRY_DELAYS_MS,
  };
}
