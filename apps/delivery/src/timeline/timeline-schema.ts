// The timeline of a notification as the API shows it, as a schema: for the OpenAPI document.
import { decision, deliveryMode, destination, reasonSentences } from '@carillon/domain';
import { z } from 'zod';
import { deliveryStates, type DeliveryState } from '../model/delivery-state.ts';
import type {
  NotificationTimeline,
  TimelineAttempt,
  TimelineDecision,
  TimelineDelivery,
  TimelineReason,
  TimelineRefusal,
  TimelineVariant,
} from './notification-timeline.ts';

type Fields<T> = Record<keyof T, z.ZodType>;

const state = z.enum(deliveryStates as [DeliveryState, ...DeliveryState[]]);
const instant = z.iso.datetime();

const attempt = z.object({
  n: z.int(),
  at: z.string(),
  result: z.string(),
  latencyMs: z.number().optional(),
  status: z.int().optional(),
  error: z.string().optional(),
  advice: z.string().optional(),
  requestId: z.string().optional(),
} satisfies Fields<TimelineAttempt>);

const timelineReason = z.object({
  code: z.string(),
  sentence: z.string(),
  detail: z.string().optional(),
} satisfies Fields<TimelineReason>);

const timelineDelivery = z.object({
  deliveryId: z.uuid(),
  destination,
  state,
  outcome: state.optional(),
  endedAt: instant.optional(),
  reason: z.string().optional(),
  waitingFor: z.string().optional(),
  possibleDuplicate: z.boolean(),
  possiblyDelivered: z.boolean(),
  slack: z.object({ teamId: z.string(), channel: z.string(), ts: z.string() }).optional(),
  replay: z.int().optional(),
  digestId: z.uuid().optional(),
  attempts: z.array(attempt),
} satisfies Fields<TimelineDelivery>);

const timelineDecision = z.object({
  recipient: z.string(),
  verdict: decision.shape.verdict,
  summary: z.string(),
  mode: deliveryMode,
  variant: decision.shape.variant,
  decidedAt: instant,
  reasons: z.array(timelineReason),
  deliveries: z.array(timelineDelivery),
} satisfies Fields<TimelineDecision>);

const variant = z.object({ title: z.string() } satisfies Fields<TimelineVariant>);

const refusal = z.object({
  code: z.literal('id_reused'),
  sentence: z.string(),
  times: z.int(),
  firstAt: instant,
  lastAt: instant,
} satisfies Fields<TimelineRefusal>);

export const notificationTimeline = z.object({
  notificationId: z.uuid(),
  tenantId: z.string(),
  source: z.string(),
  id: z.string(),
  type: z.string(),
  title: z.string(),
  variants: z.record(z.string(), variant).optional(),
  priority: z.string(),
  traceId: z.string().optional(),
  traceUrl: z.string().optional(),
  receivedAt: instant,
  expiresAt: instant,
  reasons: z.array(timelineReason),
  decisions: z.array(timelineDecision),
  refused: z.array(refusal),
} satisfies Fields<NotificationTimeline>);

export const exampleTimeline: z.output<typeof notificationTimeline> = {
  notificationId: '0c7a3c2e-5a3b-5f6e-9b51-3d6f8f1f2a10',
  tenantId: 'acme',
  source: '/acme/reports',
  id: 'r-1',
  type: 'report.ready',
  title: 'Report ready',
  variants: { de: { title: 'Bericht fertig' } },
  priority: 'normal',
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  traceUrl: 'https://traces.example.com/trace/4bf92f3577b34da6a3ce929d0e0e4736',
  receivedAt: '2026-11-26T09:00:00.000Z',
  expiresAt: '2026-12-03T09:00:00.000Z',
  reasons: [],
  decisions: [
    {
      recipient: 'member:ada',
      verdict: 'send',
      summary: 'delivered to Slack',
      mode: { kind: 'now' },
      variant: 'de',
      decidedAt: '2026-11-26T09:00:00.100Z',
      reasons: [{ code: 'addressed', sentence: reasonSentences.addressed }],
      deliveries: [
        {
          deliveryId: '1b7a3c2e-5a3b-5f6e-9b51-3d6f8f1f2a10',
          destination: {
            kind: 'slack',
            surface: 'dm',
            installationId: '5b0f4a3c-1f63-4b0e-8c55-0a4f2a6c7d11',
            teamId: 'T012AB3CD',
            channel: 'U012AB3CD',
          },
          state: 'delivered',
          outcome: 'delivered',
          endedAt: '2026-11-26T09:00:00.300Z',
          possibleDuplicate: false,
          possiblyDelivered: false,
          slack: { teamId: 'T012AB3CD', channel: 'D012AB3CD', ts: '1796428800.000100' },
          attempts: [{ n: 1, at: '2026-11-26T09:00:00.200Z', result: 'delivered', latencyMs: 80, status: 200 }],
        },
      ],
    },
  ],
  refused: [],
};
