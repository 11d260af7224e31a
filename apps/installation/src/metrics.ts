// The metrics of installation.
import { installationStates } from '@carillon/domain';
import { counter, gauge } from '@carillon/telemetry';
import { taskKinds } from './slack-tasks/task-kinds.ts';

export const installations = gauge({
  name: 'carillon.installations',
  unit: '{installation}',
  help: 'Installations by state. Every process shows the same numbers',
  labels: { state: installationStates },
});
export const installationsLost = counter({
  name: 'carillon.installations.lost',
  unit: '{installation}',
  help: 'Installations that Slack no longer accepts',
  labels: { reason: { atMost: 50, of: "Slack's error codes" } },
});
export const tasksRepeated = counter({
  name: 'carillon.slack_tasks.repeated',
  unit: '{call}',
  help: 'Calls to Slack that have to be repeated',
  labels: { kind: taskKinds },
});
export const tokenRefreshes = counter({
  name: 'carillon.token.refreshes',
  unit: '{exchange}',
  help: 'Exchanges of refresh tokens: stored, refused by Slack for good, without an answer, or too late to be stored',
  labels: { end: ['stored', 'refused', 'unavailable', 'too_late'] },
});
