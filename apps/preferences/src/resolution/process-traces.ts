// One trace per notification: each request's `process` span is a child of what its producer sent, and its context goes
// on to delivery. Promises: every request has a context to pass on, a fresh one if its producer sent none; a process
// that records nothing passes the producer's on as it came and pays next to nothing for it.
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
