// A number per tenant that grows with every change of what deciding needs to know: people, links, installations,
// defaults, preferences. Promise: it grows in the same transaction as the change, so whoever read an unchanged number
// knows that what was read under it before still holds, in whichever process the change was made.
import { defineStatement } from '@carillon/persistence';

/** Part of the statement that makes the change; `changed` names rows with a `tenant_id`. */
export const growVersionOf = (changed: string): string => `
  INSERT INTO knowledge_version AS k (tenant_id, version)
  SELECT DISTINCT tenant_id, 1 FROM ${changed} WHERE tenant_id IS NOT NULL ORDER BY tenant_id
  ON CONFLICT (tenant_id) DO UPDATE SET version = k.version + 1`;

/** The same as a statement of its own, for one tenant. */
export const growVersion = defineStatement({
  parameters: { tenantId: 'text' },
  text: (p) => growVersionOf(`(VALUES (${p.tenantId})) AS changed (tenant_id)`),
});

export const selectVersions = defineStatement({
  name: 'context-versions',
  parameters: { tenantIds: 'text[]' },
  text: (p) => `SELECT tenant_id, version FROM knowledge_version WHERE tenant_id = ANY(${p.tenantIds})`,
});
