// The metrics of this library. Names follow OpenTelemetry's messaging conventions where these define one.
import { counter, gauge, histogram } from '@carillon/telemetry';

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;
const where = { 'messaging.destination.name': { atMost: 100, of: 'topics' } } as const;
const reader = { ...where, 'messaging.consumer.group.name': { atMost: 10, of: 'consumer groups' } } as const;
const lagOf = { ...reader, 'messaging.destination.partition.id': { atMost: 200, of: 'partitions' } } as const;

export const published = counter({
  name: 'messaging.client.sent.messages',
  unit: '{message}',
  help: 'Records that Kafka acknowledged',
  labels: where,
});
export const publishRefused = counter({
  name: 'carillon.publish.refused',
  unit: '{message}',
  help: 'Records that Kafka refused',
  labels: { ...where, 'error.type': { atMost: 50, of: "Kafka's error types" } },
});
export const sendDuration = histogram({
  name: 'messaging.client.operation.duration',
  unit: 's',
  help: 'From sending a request of records to its acknowledgement',
  buckets,
});
export const consumed = counter({
  name: 'messaging.client.consumed.messages',
  unit: '{message}',
  help: 'Records whose effect is durable and whose offset is committed',
  labels: reader,
});
export const processDuration = histogram({
  name: 'messaging.process.duration',
  unit: 's',
  help: 'From a batch read to its commit',
  buckets,
  labels: reader,
});
export const handlerFailures = counter({
  name: 'carillon.handler.failures',
  unit: '{failure}',
  help: 'Times a handler threw and its batch was tried again',
  labels: reader,
});
export const partitionStalled = gauge({
  name: 'carillon.partition.stalled',
  unit: 's',
  help: 'For how long the records of a paused partition have failed; absent while they succeed',
  labels: lagOf,
});
export const rejectionsUnreported = counter({
  name: 'carillon.rejections.unreported',
  unit: '{message}',
  help: 'Rejected records that the service could not report elsewhere; they are in the dead letters',
  labels: reader,
});
export const deadLettered = counter({
  name: 'carillon.dead_letters',
  unit: '{message}',
  help: 'Records sent to the dead letters',
  labels: { ...where, reason: { atMost: 100, of: 'reasons of a rejection' } },
});
export const lagRecords = gauge({
  name: 'carillon.consumer.lag.records',
  unit: '{message}',
  help: 'Records behind the end of the partition',
  labels: lagOf,
});
export const lagSeconds = gauge({
  name: 'carillon.consumer.lag',
  unit: 's',
  help: 'Age of the oldest record that waits',
  labels: lagOf,
});
