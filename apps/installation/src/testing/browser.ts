// A browser as far as OAuth needs one: it keeps cookies by path, follows redirects one by one, and can press the button
// on the simulated Slack's page.
export interface Choice {
  team: string;
  user?: string;
  decision?: 'allow' | 'cancel';
  /** The scopes that the person grants, where those are fewer; separated by commas. */
  granted?: string;
}

interface Cookie {
  value: string;
  path: string;
}

export class Browser {
  readonly #cookies = new Map<string, Cookie>();

  /** Where the address leads, one step; undefined where it leads nowhere. */
  async step(
    url: string,
    form?: URLSearchParams,
  ): Promise<{ status: number; location?: string; html: string; setCookie: string | null }> {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: this.#cookieHeader(url) },
      ...(form && { method: 'POST', body: form }),
    });
    for (const cookie of response.headers.getSetCookie()) this.#keep(cookie);
    const location = response.headers.get('location');
    return {
      status: response.status,
      ...(location !== null && { location: new URL(location, url).href }),
      html: await response.text(),
      setCookie: response.headers.get('set-cookie'),
    };
  }

  /** Opens the link and goes on from the start page: where the browser is sent, to Slack as a rule. */
  async goOn(link: string): Promise<string> {
    const page = await this.step(link);
    return page.location ?? (await this.submit(link, page.html));
  }

  /** Opens the link and answers Slack's page; the address that Slack then sends the browser to. */
  async answerSlack(link: string, { team, user = '', decision = 'allow', ...more }: Choice): Promise<string> {
    const authorize = await this.goOn(link);
    const page = await this.step(authorize);
    return this.submit(authorize, page.html, { team, user, decision, ...more });
  }

  /** Sends the page's form with its hidden fields; where that leads. */
  async submit(at: string, html: string, fields: Record<string, string> = {}): Promise<string> {
    const form = new URLSearchParams(fields);
    for (const [, name, value] of html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g))
      form.set(name!, unescape(value!));
    const action = /<form method="post" action="([^"]+)">/.exec(html)?.[1];
    if (action === undefined) throw new Error(`no form: ${html}`);
    return (await this.step(new URL(unescape(action), at).href, form)).location!;
  }

  /** The whole way up to the confirmation; what our page is told in the end. */
  async connect(link: string, choice: Choice): Promise<{ installation: string | null; error: string | null }> {
    const { location } = await this.step(await this.answerSlack(link, choice));
    return answerIn(location);
  }

  #keep(header: string): void {
    const [pair = '', ...attributes] = header.split('; ');
    const [name = '', value = ''] = pair.split('=');
    const path = attributes.find((attribute) => attribute.startsWith('Path='))?.slice(5) ?? '/';
    if (attributes.includes('Max-Age=0')) this.#cookies.delete(name);
    else this.#cookies.set(name, { value, path });
  }

  #cookieHeader(url: string): string {
    const { pathname } = new URL(url);
    return [...this.#cookies]
      .filter(([, { path }]) => pathname.startsWith(path))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ');
  }
}

export function answerIn(location: string | undefined): { installation: string | null; error: string | null } {
  const { searchParams } = new URL(location!);
  return { installation: searchParams.get('installation'), error: searchParams.get('error') };
}

const entities: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"' };
const unescape = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot);|&#(\d+);/g, (entity, _name, code: string | undefined) =>
    code === undefined ? entities[entity]! : String.fromCharCode(Number(code)),
  );
