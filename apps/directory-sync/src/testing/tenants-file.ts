// A tenants file of a spec's own, for a service that runs as a process.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function tenantsFile(...tenants: { id: string; sources?: string[] }[]): string {
  const path = join(mkdtempSync(join(tmpdir(), 'carillon-tenants-')), 'tenants.yaml');
  writeFileSync(path, JSON.stringify({ tenants: tenants.map((tenant) => ({ name: tenant.id, ...tenant })) }));
  return path;
}
