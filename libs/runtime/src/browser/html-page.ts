// The pages and redirects that a service answers a browser with. Guarantees: a page works without script and loads
// nothing; addresses with codes and states do not get into caches and referrers.
import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { escapeHtml } from '../http/escape-html.ts';

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:38rem;margin:3rem auto;padding:0 1rem;color:#1d1c1d}
h1{font-size:1.5rem}li{margin:.4rem 0}code{background:#f4f4f4;padding:0 .3rem}small{color:#555}
button{font:inherit;padding:.6rem 1.6rem;border:0;border-radius:4px;background:#007a5a;color:#fff;cursor:pointer}`;
const styleHash = createHash('sha256').update(style).digest('base64');

/**
 * Without form-action: browsers apply it to the redirects that follow a form too, and these go to Slack, to the address
 * of a workspace at Slack, or to the return address. A proof in the form keeps other pages from sending it.
 */
const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; frame-ancestors 'none'; base-uri 'none'`;

/** @param body as HTML, with every text of a person escaped */
export const htmlPage = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title><style>${style}</style></head><body>${body}</body></html>`;

const securityHeaders = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };

const withCookie = (cookie: string | undefined) => (cookie === undefined ? {} : { 'set-cookie': cookie });

export function answerPage(response: ServerResponse, status: number, html: string, cookie?: string): void {
  response
    .writeHead(status, {
      ...securityHeaders,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      ...withCookie(cookie),
    })
    .end(html);
}

export function answerRedirect(response: ServerResponse, location: string, cookie?: string): void {
  response.writeHead(303, { ...securityHeaders, location, ...withCookie(cookie) }).end();
}
