// The metrics of this library. Names follow OpenTelemetry's messaging conventions where these define one.
import { counter, gauge, histogram } from '@carillon/telemetry';

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;
const where = ['messaging_destination_name'] as const;
const reader = ['messaging_destination_name', 'messaging_consumer_group_name'] as const;
const lagOf = [...reader, 'messaging_destination_partition_id'] as const;

export const published = counter('messaging_client_sent_messages_total', 'Records acknowledged by Kafka', where);
export const publishRefused = counter('carillon_publish_refused_total', 'Records that Kafka refused', [
  ...where,
  'error_type',
]);
export const sendDuration = histogram(
  'messaging_client_operation_duration_seconds',
  'From sending a request of records to its acknowledgement',
  seconds,
);
export const consumed = counter(
  'messaging_client_consumed_messages_total',
  'Records whose effect is durable and whose offset is committed',
  reader,
);
export const processDuration = histogram(
  'messaging_process_duration_seconds',
  'From a batch read to its commit',
  seconds,
  reader,
);
export const handlerFailures = counter(
  'carillon_handler_failures_total',
  'Times a handler threw and its batch was tried again',
  reader,
);
export const partitionStalled = gauge(
  'carillon_partition_stalled_seconds',
  'For how long the records of a paused partition have failed; absent while they succeed',
  lagOf,
);
export const rejectionsUnreported = counter(
  'carillon_rejections_unreported_total',
  'Rejected records that the service could not report elsewhere; they are in the dead letters',
  reader,
);
export const deadLettered = counter('carillon_dead_letters_total', 'Records sent to the dead letters', [
  ...where,
  'reason',
]);
export const lagRecords = gauge('carillon_consumer_lag_records', 'Records behind the end of the partition', lagOf);
export const lagSeconds = gauge('carillon_consumer_lag_seconds', 'Age of the oldest record that waits', lagOf);
