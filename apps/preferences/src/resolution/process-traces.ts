// One trace per notification: the `process` span of each request is a child of the producer's span, and its context is
// passed on to delivery. Guarantees: every request has a context, a new one if its producer sent none. A process that
// records no spans passes the producer's context on unchanged, at almost no cost.
import { processSpan, type Received } from '@carillon/messaging';
import { recordsSpans, traceContextOf, traceIdOf, type TraceContext } from '@carillon/telemetry';

type Details = Parameters<typeof processSpan>[1];

export class ProcessTraces {
  private readonly recording = recordsSpans();
  private readonly spans: ReturnType<typeof processSpan>[] = [];

  of(record: Received, details: Details): TraceContext {
    const { traceparent, tracestate } = record;
    if (!this.recording && traceparent !== undefined && traceIdOf(traceparent) !== undefined) {
      return tracestate === undefined ? { traceparent } : { traceparent, tracestate };
    }
    const span = processSpan(record, details);
    if (span.isRecording()) this.spans.push(span);
    return traceContextOf(span);
  }

  /** Once what the batch came to is durable, or has failed. */
  end(): void {
    for (const span of this.spans.splice(0)) span.end();
  }
}
