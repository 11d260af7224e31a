// A delivery as the API shows it, as a schema: for the OpenAPI document.
import { destination } from '@carillon/domain';
import { z } from 'zod';
import { deliveryStates, type DeliveryState } from '../model/delivery-state.ts';
import type { DeliveryView } from './deliveries.ts';

const state = z.enum(deliveryStates as [DeliveryState, ...DeliveryState[]]);

export const deliveryView = z.object({
  deliveryId: z.uuid(),
  notificationId: z.uuid(),
  tenantId: z.string(),
  source: z.string(),
  id: z.string(),
  type: z.string(),
  title: z.string(),
  recipient: z.string(),
  destination,
  state,
  outcome: state.optional(),
  reason: z.string().optional(),
  attempts: z.int(),
  replay: z.int(),
  possibleDuplicate: z.boolean(),
  possiblyDelivered: z.boolean(),
  receivedAt: z.iso.datetime(),
  settledAt: z.iso.datetime().optional(),
} satisfies Record<keyof DeliveryView, z.ZodType>);

export const exampleDelivery: z.output<typeof deliveryView> = {
  deliveryId: '1b7a3c2e-5a3b-5f6e-9b51-3d6f8f1f2a10',
  notificationId: '0c7a3c2e-5a3b-5f6e-9b51-3d6f8f1f2a10',
  tenantId: 'acme',
  source: '/acme/reports',
  id: 'r-1',
  type: 'report.ready',
  title: 'Report ready',
  recipient: 'member:ada',
  destination: {
    kind: 'slack',
    surface: 'dm',
    installationId: '5b0f4a3c-1f63-4b0e-8c55-0a4f2a6c7d11',
    teamId: 'T012AB3CD',
    channel: 'U012AB3CD',
  },
  state: 'failed',
  outcome: 'failed',
  reason: 'ambiguous',
  attempts: 1,
  replay: 0,
  possibleDuplicate: false,
  possiblyDelivered: false,
  receivedAt: '2026-11-26T09:00:00.000Z',
  settledAt: '2026-11-26T09:00:01.000Z',
};
