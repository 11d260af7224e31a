// A browser with the functions that Slack's OAuth needs: cookies, redirects, and forms. The playground connects a
// workspace with it through the same pages as a person.
export interface Page {
  url: URL;
  status: number;
  html: string;
}

export class Browser {
  readonly #cookies = new Map<string, Map<string, string>>();

  /**
   * Follows redirects to a page, or to an address that `stopAt` accepts, which is not requested.
   */
  async open(
    url: string | URL,
    stopAt: (url: URL) => boolean,
    form?: URLSearchParams,
  ): Promise<Page | { arrived: URL }> {
    let next = new URL(url);
    let body = form;
    for (let hop = 0; hop < 12; hop++) {
      if (!body && stopAt(next)) return { arrived: next };
      const cookies = this.#cookiesFor(next);
      const response: Response = await fetch(next, {
        method: body ? 'POST' : 'GET',
        redirect: 'manual',
        headers: cookies ? { cookie: cookies } : {},
        signal: AbortSignal.timeout(15_000),
        ...(body ? { body } : {}),
      });
      this.#keep(next, response.headers.getSetCookie());
      const location = response.headers.get('location');
      if (response.status >= 300 && response.status < 400 && location) {
        await response.body?.cancel();
        next = new URL(location, next);
        body = undefined;
        continue;
      }
      return { url: next, status: response.status, html: await response.text() };
    }
    throw new Error(`Too many redirects from ${new URL(url).origin}`);
  }

  /** Presses the button that `press` names; `fill` replaces fields of its form. */
  async submit(
    page: Page,
    press: RegExp,
    fill: Record<string, string>,
    stopAt: (url: URL) => boolean,
  ): Promise<Page | { arrived: URL }> {
    for (const [, formAttributes = '', inside = ''] of page.html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)) {
      const button = buttons(inside).find(({ text, value }) => press.test(text) || press.test(value));
      if (!button) continue;
      const fields = fieldsOf(inside);
      for (const [name, value] of Object.entries(fill)) if (fields.has(name)) fields.set(name, value);
      if (button.name) fields.set(button.name, button.value);
      const target = new URL(attribute(formAttributes, 'action') ?? '', page.url);
      if ((attribute(formAttributes, 'method') ?? 'get').toLowerCase() === 'post')
        return this.open(target, stopAt, fields);
      target.search = fields.toString();
      return this.open(target, stopAt);
    }
    throw new Error(
      `${page.url.origin}${page.url.pathname} (${page.status}) has no form with a button like ${String(press)}: ${textOf(page.html)}`,
    );
  }

  #cookiesFor(url: URL): string {
    return [...(this.#cookies.get(url.host) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  #keep(url: URL, lines: readonly string[]): void {
    const jar = this.#cookies.get(url.host) ?? new Map<string, string>();
    for (const line of lines) {
      const [pair = ''] = line.split(';');
      const name = pair.slice(0, pair.indexOf('=')).trim();
      const value = pair.slice(pair.indexOf('=') + 1).trim();
      if (value === '' || /;\s*max-age=0\b/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    this.#cookies.set(url.host, jar);
  }
}

/** The visible text of a page, shortened, for error messages. */
export function textOf(html: string): string {
  return html
    .replace(/<(style|script)\b[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300);
}

function buttons(html: string): { name: string; value: string; text: string }[] {
  return [...html.matchAll(/<button\b([^>]*)>([\s\S]*?)<\/button>/gi)].map(([, attributes = '', text = '']) => ({
    name: attribute(attributes, 'name') ?? '',
    value: attribute(attributes, 'value') ?? '',
    text: textOf(text),
  }));
}

function fieldsOf(html: string): URLSearchParams {
  const fields = new URLSearchParams();
  for (const [, attributes = ''] of html.matchAll(/<input\b([^>]*)>/gi)) {
    const name = attribute(attributes, 'name');
    const choice = /^(radio|checkbox)$/i.test(attribute(attributes, 'type') ?? '');
    if (name && (!choice || /\bchecked\b/i.test(attributes) || !fields.has(name)))
      fields.set(name, attribute(attributes, 'value') ?? '');
  }
  for (const [, attributes = '', inside = ''] of html.matchAll(/<select\b([^>]*)>([\s\S]*?)<\/select>/gi)) {
    const options = [...inside.matchAll(/<option\b([^>]*)>/gi)].map(([, option = '']) => option);
    const chosen = options.find((option) => /\bselected\b/i.test(option)) ?? options[0] ?? '';
    fields.set(attribute(attributes, 'name') ?? '', attribute(chosen, 'value') ?? '');
  }
  return fields;
}

function attribute(attributes: string, name: string): string | undefined {
  const found = new RegExp(`\\b${name}\\s*=\\s*("([^"]*)"|'([^']*)'|([^\\s"'>]+))`, 'i').exec(attributes);
  const value = found?.[2] ?? found?.[3] ?? found?.[4];
  const entities: Record<string, string> = {
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    '#39': "'",
    '#38': '&',
    '#34': '"',
    '#x27': "'",
    '#x3D': '=',
  };
  return value?.replace(/&(#?\w+);/g, (whole, entity: string) => entities[entity] ?? whole);
}
