// Checks the address that a browser returns to after Slack's answer: only origins of the operator's configuration are
// accepted, so that the callback is no open redirect.
// Guarantees: an origin is compared as a whole (scheme, host, port), never by prefix; the result is the URL to use.
//
// Allowed are PUBLIC_URL's own origin, every origin of RETURN_TO_ORIGINS (comma-separated), and, while PUBLIC_URL is
// itself a loopback address (development), any loopback origin whatever its port.
const loopbackHost = /^(localhost|[a-z0-9-]+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/;

export class ReturnToPolicy {
  private readonly origins: ReadonlySet<string>;
  private readonly loopback: boolean;

  constructor(publicUrl: string, origins: readonly string[]) {
    const own = new URL(publicUrl);
    this.origins = new Set([own.origin, ...origins]);
    this.loopback = loopbackHost.test(own.hostname);
  }

  allows(returnTo: string): boolean {
    const url = URL.parse(returnTo);
    if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) return false;
    return this.origins.has(url.origin) || (this.loopback && loopbackHost.test(url.hostname));
  }
}

/** `https://app.example, https://b.example:8443` → origins; throws naming the one that is not an origin. */
export function parseOrigins(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const url = URL.parse(part);
      if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.hash || url.username) {
        throw new Error(`${part} is not an origin such as https://app.example`);
      }
      return url.origin;
    });
}

/** The return address with the answer added to its query. An undefined value removes what the address had. */
export function withAnswer(returnTo: string, answer: Readonly<Record<string, string | undefined>>): string {
  const url = new URL(returnTo);
  for (const name of Object.keys(answer)) url.searchParams.delete(name);
  for (const [name, value] of Object.entries(answer)) if (value !== undefined) url.searchParams.set(name, value);
  return url.href;
}
