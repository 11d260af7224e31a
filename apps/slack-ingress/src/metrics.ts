// The metrics of slack-ingress.
import { counter, gauge } from '@carillon/telemetry';

export const events = counter({
  name: 'carillon.ingress.events',
  unit: '{event}',
  help: 'Events of Slack that were answered with 200',
  labels: { result: ['published', 'repeated', 'not_subscribed'] },
});
export const interactions = counter({
  name: 'carillon.ingress.interactions',
  unit: '{interaction}',
  help: 'Interactions of people in Slack that were published',
  labels: { kind: ['block_actions', 'view_submission', 'view_closed', 'slash_command', 'other'] },
});
export const refusedRequests = counter({
  name: 'carillon.ingress.refused',
  unit: '{request}',
  help: "Requests to Slack's routes that were refused",
  labels: { reason: { atMost: 30, of: 'reasons of a refusal' } },
});
export const uncheckedEvents = counter({
  name: 'carillon.ingress.unchecked',
  unit: '{event}',
  help: 'Events that were published without a check whether they were received before',
});
export const requestsInWork = gauge({
  name: 'carillon.ingress.requests_in_work',
  unit: '{request}',
  help: 'Requests of Slack that are not answered yet',
});
