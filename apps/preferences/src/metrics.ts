// The metrics of preferences.
import { counter } from '@carillon/telemetry';

export const decisionsMade = counter({
  name: 'carillon.decisions',
  unit: '{decision}',
  help: 'Decisions published, by verdict',
  labels: { verdict: ['send', 'suppress'] },
});
export const requestsRefused = counter({
  name: 'carillon.requests.refused',
  unit: '{request}',
  help: 'Requests that can not be resolved, by reason',
  labels: { reason: { atMost: 60, of: 'reasons of a refusal' } },
});
export const requestsDeferred = counter({
  name: 'carillon.requests.deferred',
  unit: '{request}',
  help: "Requests beyond their tenant's quota, which are resolved later",
});
export const deferredResolved = counter({
  name: 'carillon.deferred_requests.resolved',
  unit: '{request}',
  help: 'Requests that were deferred and are resolved or refused now',
});
export const notificationsPosted = counter({
  name: 'carillon.notifications.posted',
  unit: '{notification}',
  help: 'Notifications posted by REST, by the status of each',
  labels: { status: { atMost: 30, of: 'status codes' } },
});
export const recentEventsDropped = counter({
  name: 'carillon.recent_events.dropped',
  unit: '{event}',
  help: 'Events that could not be kept for dry runs',
});
export const fanOutPages = counter({
  name: 'carillon.fan_out.pages',
  unit: '{page}',
  help: 'Pages of large audiences that were decided',
});
export const fanOutFailures = counter({
  name: 'carillon.fan_out.failures',
  unit: '{page}',
  help: 'Pages of large audiences that are tried again',
});
export const burstsNotCounted = counter({
  name: 'carillon.bursts.not_counted',
  unit: '{message}',
  help: 'Messages under a throttle that were sent without it, because their window was locked',
});
