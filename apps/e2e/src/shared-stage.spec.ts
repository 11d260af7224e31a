// The promises that need no stage of their own: nothing in these files harms the servers, and a process that is killed
// comes back before the next test. One file of Jest, because a stage costs more than most of these tests.
import { afterAll, beforeAll } from '@jest/globals';
import { startSharedStage, stopSharedStage } from './shared-stage/context.ts';
import './shared-stage/one-notification.ts';
import './shared-stage/audiences.ts';
import './shared-stage/deciding.ts';
import './shared-stage/people.ts';
import './shared-stage/bursts.ts';
import './shared-stage/producers.ts';
import './shared-stage/collapse-groups.ts';
import './shared-stage/retractions.ts';
import './shared-stage/files.ts';
import './shared-stage/destinations.ts';
import './shared-stage/waiting.ts';
import './shared-stage/email.ts';
import './shared-stage/operators.ts';
import './shared-stage/command-line.ts';
import './browser/pages.ts';
import './shared-stage/forged-decisions.ts';
import './shared-stage/neighbouring-releases.ts';
import './shared-stage/traces-and-secrets.ts';

beforeAll(startSharedStage);
afterAll(stopSharedStage);
