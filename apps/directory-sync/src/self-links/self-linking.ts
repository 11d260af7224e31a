// Puts together what members need to link themselves, from the configuration; or names the keys that are missing.
import { AuditLog, BrowserBinding, CONFIG, DATABASE, ReturnToPolicy } from '@carillon/runtime';
import type { FactoryProvider } from '@nestjs/common';
import type { Pool } from 'pg';
import type { Config } from '../config.ts';
import { SlackClients } from '../slack/slack-clients.ts';
import { SelfLinkAttempts } from './self-link-attempts.ts';
import { SelfLinks } from './self-links.ts';
import { SlackSignIn } from './slack-sign-in.ts';

export const SELF_LINKING = Symbol('self-linking');
export type SelfLinking = { links: SelfLinks; attempts: SelfLinkAttempts } | { missing: string[] };

export function selfLinkingOf(
  config: Config,
  pool: Pool,
  audit: AuditLog,
  slack: Pick<SlackClients, 'of'>,
): SelfLinking {
  const { PUBLIC_URL, SLACK_CLIENT_ID: clientId, SLACK_CLIENT_SECRET: clientSecret } = config;
  if (PUBLIC_URL === undefined || clientId === undefined || clientSecret === undefined) {
    const needed = { PUBLIC_URL, SLACK_CLIENT_ID: clientId, SLACK_CLIENT_SECRET: clientSecret };
    return { missing: Object.entries(needed).flatMap(([name, value]) => (value === undefined ? [name] : [])) };
  }
  const attempts = new SelfLinkAttempts(pool, new BrowserBinding(PUBLIC_URL, '/slack/openid', 'carillon-link-'), audit);
  const signIn = new SlackSignIn({
    slackUrl: config.SLACK_URL.replace(/\/+$/, ''),
    ...{ clientId, clientSecret },
    redirectUri: `${PUBLIC_URL.replace(/\/+$/, '')}/slack/openid/callback`,
    timeoutMs: config.SLACK_TIMEOUT_MS,
  });
  const returnTo = new ReturnToPolicy(PUBLIC_URL, config.RETURN_TO_ORIGINS);
  return { attempts, links: new SelfLinks({ pool, audit, slack, signIn, attempts, returnTo }) };
}

export const selfLinking: FactoryProvider<SelfLinking> = {
  provide: SELF_LINKING,
  inject: [CONFIG, DATABASE, AuditLog, SlackClients],
  useFactory: selfLinkingOf,
};
