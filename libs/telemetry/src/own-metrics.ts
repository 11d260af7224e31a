// The metrics of telemetry itself.
import { counter } from './metrics.ts';

export const spansExported = counter({
  name: 'carillon.telemetry.spans_exported',
  unit: '{span}',
  help: 'Spans that the collector took',
});
export const spansDropped = counter({
  name: 'carillon.telemetry.spans_dropped',
  unit: '{span}',
  help: 'Spans that were dropped: the queue was full, or the collector did not take a batch',
  labels: { reason: ['queue_full', 'export_failed'] },
});
