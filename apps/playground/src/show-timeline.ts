// A timeline for eyes: one line for each step of a notification's way. What it does not know it leaves to the JSON.
export interface Timeline {
  notificationId?: string;
  source?: string;
  id?: string;
  traceId?: string;
  receivedAt?: string;
  decisions?: {
    recipient: string;
    verdict?: string;
    decidedAt?: string;
    reasons?: { sentence?: string; code?: string }[];
    deliveries?: {
      deliveryId: string;
      destination?: { kind?: string; surface?: string; channel?: string; address?: string };
      state?: string;
      slack?: { channel?: string; ts?: string };
      attempts?: { n?: number; at?: string; result?: string; latencyMs?: number }[];
    }[];
  }[];
}

export function describeTimeline(timeline: Timeline): string[] {
  const lines = [
    `notification ${timeline.notificationId ?? ''} (${timeline.source ?? ''} ${timeline.id ?? ''}), trace ${timeline.traceId ?? '–'}`,
  ];
  if (timeline.receivedAt) lines.push(`  ${at(timeline.receivedAt)}  received`);
  for (const decision of timeline.decisions ?? []) {
    lines.push(`  ${at(decision.decidedAt)}  ${decision.recipient}: ${decision.verdict ?? 'decided'}`);
    for (const { sentence, code } of decision.reasons ?? []) lines.push(`                  ${sentence ?? code ?? ''}`);
    for (const delivery of decision.deliveries ?? []) {
      const { kind = '', surface = '', channel = '', address = '' } = delivery.destination ?? {};
      for (const attempt of delivery.attempts ?? []) {
        lines.push(
          `  ${at(attempt.at)}  attempt ${attempt.n ?? ''} to ${[kind, surface, channel, address].filter(Boolean).join(' ')}: ${attempt.result ?? ''} after ${attempt.latencyMs ?? '?'} ms`,
        );
      }
      lines.push(
        `                  delivery ${delivery.deliveryId}: ${delivery.state ?? ''}${delivery.slack?.ts ? ` as ${delivery.slack.channel ?? ''} ${delivery.slack.ts}` : ''}`,
      );
    }
  }
  return lines;
}

/** The time of day, as wide as the indentation above. */
function at(time: string | undefined): string {
  return time ? new Date(time).toISOString().slice(11, 23).padEnd(14) : ''.padEnd(14);
}
