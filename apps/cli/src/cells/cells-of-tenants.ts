// The cell of each tenant, as processes of preferences know it.
import { lookup } from 'node:dns/promises';
import { z } from 'zod';
import { operatorToken } from '../services/access-token.ts';
import { askPages } from '../services/ask-service.ts';
import { findService, type Service } from '../services/find-services.ts';
import { UserError, type Terminal } from '../terminal.ts';

const cellOfTenantItem = z.object({ tenantId: z.string(), cell: z.string() });
export type CellOfTenant = z.infer<typeof cellOfTenantItem>;

export async function cellsOfTenants(terminal: Terminal, tenantId?: string): Promise<CellOfTenant[]> {
  return pagesOf(findService(terminal, 'preferences'), await operatorToken(terminal), tenantId);
}

/** @throws UserError where preferences does not know the tenant */
export async function cellOfTenant(terminal: Terminal, tenantId: string): Promise<string> {
  const [found] = await cellsOfTenants(terminal, tenantId);
  if (!found) throw new UserError(`preferences does not know a tenant ${tenantId}`, 2);
  return found.cell;
}

/**
 * Of each process of preferences that the name in its URL leads to: a name with several addresses, as a headless
 * service of Kubernetes has, is asked at each of them. Over TLS the name is asked, since certificates name no address.
 */
export async function cellsAtEachProcess(terminal: Terminal, tenantId: string): Promise<Set<string>> {
  const service = findService(terminal, 'preferences');
  const token = await operatorToken(terminal);
  const answers = await Promise.all((await addressesOf(service)).map((one) => pagesOf(one, token, tenantId)));
  return new Set(answers.flat().map(({ cell }) => cell));
}

async function addressesOf(service: Service): Promise<Service[]> {
  const url = new URL(service.url);
  if (url.protocol === 'https:') return [service];
  const found = await lookup(url.hostname.replace(/^\[|\]$/g, ''), { all: true });
  return found.map(({ address, family }) => {
    const at = new URL(url);
    at.hostname = family === 6 ? `[${address}]` : address;
    return { ...service, url: at.href.replace(/\/$/, '') };
  });
}

async function pagesOf(service: Service, token: string, tenantId?: string): Promise<CellOfTenant[]> {
  const found = await askPages(service, {
    token,
    path: '/v1/cells',
    ...(tenantId !== undefined && { query: { tenantId } }),
    item: cellOfTenantItem,
    needs: 'the role operator',
  });
  if (found) return found;
  throw new UserError(`preferences at ${service.url} knows no cells: is it as new as this carillon?`);
}
