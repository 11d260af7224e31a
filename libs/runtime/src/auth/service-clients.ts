// Which of Carillon's own services may call which routes of this one (`SERVICE_CLIENTS`).
// Guarantees: a client that is not listed, and a route that is not listed for it, are refused.

/** Client id → its routes, each `METHOD /path` as declared. */
export type ServiceClients = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * `delivery=POST /v1/tokens,POST /v1/tokens/dead;directory-sync=POST /v1/tokens`. Throws with a sentence for operators.
 */
export function parseServiceClients(text: string): ServiceClients {
  const clients = new Map<string, ReadonlySet<string>>();
  for (const entry of text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')) {
    const [, id, list] = /^([^\s=;,]+)\s*=\s*(.+)$/.exec(entry) ?? [];
    if (id === undefined || list === undefined)
      throw new Error('must be `client=METHOD /path,METHOD /path`, clients separated by semicolons');
    if (clients.has(id)) throw new Error(`names ${id} twice`);
    const routes = list.split(',').map((route) => route.trim().replace(/\s+/g, ' '));
    const wrong = routes.find((route) => !/^(GET|PUT|POST|PATCH|DELETE) \/\S*$/.test(route));
    if (wrong !== undefined) throw new Error(`has a route of ${id} that is not written as METHOD /path: ${wrong}`);
    clients.set(id, new Set(routes));
  }
  return clients;
}

export const mayCall = (clients: ServiceClients, clientId: string, route: string): boolean =>
  clients.get(clientId)?.has(route) ?? false;
