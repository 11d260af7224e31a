// The promises about connecting Slack and about what Slack tells of a connection: the real services, with slack-ingress
// (two processes) between the simulated Slack and installation. One file of Jest, because a stage costs more than most
// of these tests.
import { afterAll, beforeAll } from '@jest/globals';
import { startConnectingStage } from './connecting/context.ts';
import { teardown } from './teardown.ts';
import './connecting/admin-connects.ts';
import './connecting/news-from-slack.ts';
import './connecting/grants.ts';

beforeAll(startConnectingStage);
afterAll(teardown);
