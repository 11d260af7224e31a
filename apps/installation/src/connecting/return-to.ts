// Where a browser may be sent once Slack has answered: only to places the operator named, so that nobody can make our
// callback an open door to theirs.
// Promises: an origin is compared whole (scheme, host, port), never by prefix; what comes back is the URL to use.
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

/** The page to go back to, with the answer added to whatever query it already has. */
export function withAnswer(returnTo: string, answer: { installation: string } | { error: string }): string {
  const url = new URL(returnTo);
  url.searchParams.delete('installation');
  url.searchParams.delete('error');
  for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value);
  return url.href;
}
