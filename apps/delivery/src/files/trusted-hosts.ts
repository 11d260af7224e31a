// The hosts that an operator exempts from the address check: object stores inside the network. `store.internal` trusts
// every port of it, `store.internal:9000` that one. Promise: a name is compared as the URL parser writes it, so no
// spelling passes that would not connect to the same host.

const httpsPort = '443';

export class TrustedHosts {
  readonly #hosts: ReadonlySet<string>;

  constructor(entries: readonly string[]) {
    this.#hosts = new Set(entries.map((entry) => hostOf(entry) ?? entry));
  }

  has({ hostname, port }: URL): boolean {
    return this.#hosts.has(hostname) || this.#hosts.has(`${hostname}:${port || httpsPort}`);
  }
}

/** The entry as it is compared; undefined where it names no host. */
export function hostOf(entry: string): string | undefined {
  if (!URL.canParse(`https://${entry}/`)) return undefined;
  const { host, hostname, pathname, username, search, hash } = new URL(`https://${entry}/`);
  if (pathname !== '/' || username || search || hash) return undefined;
  // The parser drops the port that is https's own; the entry meant that one alone.
  return host === hostname && /:0*443$/.test(entry) ? `${hostname}:${httpsPort}` : host;
}
