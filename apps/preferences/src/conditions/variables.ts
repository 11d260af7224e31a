// What an expression reads: the data of the notification, the notification itself and its tenant.
import type { JsonSchema } from './json-schema.ts';

export interface NotificationVariables {
  type: string;
  title?: string;
  priority: string;
  source: string;
  id: string;
  category?: string;
  orderingKey?: string;
  collapseKey?: string;
  threadKey?: string;
}

export interface Variables {
  data: Record<string, unknown>;
  notification: NotificationVariables;
  tenant: { id: string; name: string };
}

export type VariableName = keyof Variables;

export const notificationSchema: JsonSchema = {
  type: 'object',
  properties: Object.fromEntries(
    (
      [
        'type',
        'title',
        'priority',
        'source',
        'id',
        'category',
        'orderingKey',
        'collapseKey',
        'threadKey',
      ] satisfies (keyof NotificationVariables)[]
    ).map((name) => [name, { type: 'string' }]),
  ),
};

export const tenantSchema: JsonSchema = {
  type: 'object',
  properties: { id: { type: 'string' }, name: { type: 'string' } },
};
