// The metrics of delivery.
import { channelKinds } from '@carillon/domain';
import { counter, gauge, histogram } from '@carillon/telemetry';
import { breakerStates } from './dispatch/breaker-states.ts';
import { blockCauses } from './ledger/block-causes.ts';
import { holds } from './model/hold.ts';
import { deliveryStates, liveStates } from './model/delivery-state.ts';

const buckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
const channel = { channel: channelKinds } as const;
const errorCodes = { atMost: 100, of: 'error codes' } as const;
const slackMethods = { atMost: 30, of: "Slack's methods" } as const;

export const deliveryLatency = histogram({
  name: 'carillon.delivery.latency',
  unit: 's',
  help: "From a notification's request on Kafka to its acceptance, by what held it: the limits and failures of the other side, or its plan (quiet hours)",
  buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600],
  labels: { ...channel, held_by: holds },
  exemplars: true,
});
export const attempts = counter({
  name: 'carillon.delivery.attempts',
  unit: '{attempt}',
  help: 'Attempts by channel, end and error',
  labels: { ...channel, end: ['delivered', 'not_written', 'retry', 'refused', 'unknown'], error: errorCodes },
});
export const attemptDuration = histogram({
  name: 'carillon.delivery.attempt',
  unit: 's',
  help: 'From the write of a request to its end',
  buckets,
  labels: channel,
  exemplars: true,
});
export const ambiguousAttempts = counter({
  name: 'carillon.delivery.ambiguous',
  unit: '{attempt}',
  help: 'Attempts that may or may not have been sent',
  labels: channel,
});
export const slowDowns = counter({
  name: 'carillon.delivery.slow_downs',
  unit: '{attempt}',
  help: 'Requests that the other side asked to slow down (429)',
  labels: channel,
});
export const reconciledAttempts = counter({
  name: 'carillon.delivery.reconciled',
  unit: '{attempt}',
  help: 'Attempts without an answer, by the result of asking the channel and the state after it',
  labels: { result: ['found', 'absent', 'cannot_know', 'later'], state: deliveryStates },
});
export const unmatchedResults = counter({
  name: 'carillon.delivery.unmatched_results',
  unit: '{attempt}',
  help: 'Results of attempts that the ledger did not wait for any more, by the state that they would have led to',
  labels: { state: deliveryStates },
});
export const statementDuration = histogram({
  name: 'carillon.delivery.statement',
  unit: 's',
  help: 'Statements that claim deliveries or record results, by what they do',
  buckets,
  labels: { statement: ['claim', 'result'] },
});
export const endedDeliveries = counter({
  name: 'carillon.delivery.ended',
  unit: '{delivery}',
  help: 'Deliveries that an attempt ended, by channel and state',
  labels: { ...channel, state: deliveryStates },
});
export const possibleDuplicates = counter({
  name: 'carillon.delivery.possible_duplicates',
  unit: '{delivery}',
  help: 'Deliveries that were sent again after an ambiguous attempt, and are flagged so',
  labels: channel,
});
export const lanesAcquired = counter({
  name: 'carillon.delivery.lanes_acquired',
  unit: '{lane}',
  help: 'Lanes that this process took: new ones, and those of processes that ended or gave lanes back',
});
export const lanesLost = counter({
  name: 'carillon.delivery.lanes_lost',
  unit: '{lane}',
  help: 'Lanes of this process that another one took over, because the lease had ended',
});
export const queuedDeliveries = gauge({
  name: 'carillon.delivery.queued',
  unit: '{delivery}',
  help: 'Deliveries without an outcome, by state; at most a million are counted. One process shows them for all',
  labels: { state: liveStates },
});
export const oldestReady = gauge({
  name: 'carillon.delivery.oldest_ready',
  unit: 's',
  help: 'How long the oldest delivery waits that is ready and that nothing blocks. One process shows it for all',
  labels: { scope: ['all'] },
});
export const blockedLanes = gauge({
  name: 'carillon.delivery.blocked_lanes',
  unit: '{lane}',
  help: 'Lanes whose ready deliveries do not go, by cause. One process shows them for all',
  labels: { cause: blockCauses },
});
export const breakerLanes = gauge({
  name: 'carillon.delivery.breaker_state',
  unit: '{lane}',
  help: 'Lanes by the state of their circuit breaker: open and probing ones send nothing',
  labels: { ...channel, state: breakerStates },
});
export const lostInstallations = gauge({
  name: 'carillon.lost_installations',
  unit: '{installation}',
  help: 'Installations that Slack no longer accepts: their deliveries wait',
});
export const unknownSlackErrors = counter({
  name: 'carillon.slack.unknown_errors',
  unit: '{error}',
  help: "Slack's errors that are in no table, by method and code",
  labels: { method: slackMethods, code: errorCodes },
});
export const bodiesShownPlain = counter({
  name: 'carillon.bodies.shown_plain',
  unit: '{body}',
  help: 'Bodies shown as plain text because rendering them took too long, by kind and reason',
  labels: { kind: { atMost: 10, of: 'kinds of a body' }, reason: { atMost: 10, of: 'reasons' } },
});
