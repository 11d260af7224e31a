// The only reader of the environment.
import { authConfig, httpConfig, port, secret } from '@carillon/runtime';
import { z } from 'zod';

export const config = z.object({
  ...httpConfig,
  ...authConfig,
  PORT: port(3005),
  SLACK_SIGNING_SECRET: secret().describe('Verifies that a request comes from Slack.'),
});
