// A version per tenant, incremented in the transaction of each change of resolution inputs. An unchanged version means
// that cached context is valid. The inputs are people, links, installations, defaults, preferences and unsubscriptions.
// It holds for a change by any process.
import { defineStatement } from '@carillon/persistence';

/** The part of a statement that increments the versions; `changed` names rows with a `tenant_id`. */
export const incrementVersionsOf = (changed: string): string => `
  INSERT INTO context_version AS v (tenant_id, version)
  SELECT DISTINCT tenant_id, 1 FROM ${changed} WHERE tenant_id IS NOT NULL ORDER BY tenant_id
  ON CONFLICT (tenant_id) DO UPDATE SET version = v.version + 1`;

/** A statement of its own, for one tenant. */
export const incrementVersion = defineStatement({
  parameters: { tenantId: 'text' },
  text: (p) => incrementVersionsOf(`(VALUES (${p.tenantId})) AS changed (tenant_id)`),
});

export const selectVersions = defineStatement({
  name: 'context-versions',
  parameters: { tenantIds: 'text[]' },
  text: (p) => `SELECT tenant_id, version FROM context_version WHERE tenant_id = ANY(${p.tenantIds})`,
});
