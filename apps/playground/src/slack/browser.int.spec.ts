// As much of a browser as an OAuth flow needs, against pages of this spec's own.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readBody, serve, type LocalServer } from '../http-server.ts';
import { Browser } from './browser.ts';

describe('the browser', () => {
  let site: LocalServer;

  beforeAll(async () => {
    site = await serve(0, async (request, url) => {
      if (url.pathname === '/start')
        return { status: 302, headers: { location: '/ask', 'set-cookie': 'attempt=7; Path=/; HttpOnly' } };
      if (url.pathname === '/ask') {
        return {
          body: `<form action="/cancel" method="post"><button>Cancel</button></form>
            <form action="/answer?a=1&amp;b=2" method="post"><input type="hidden" name="state" value="x&quot;y"><select name="team"><option value="T1">One</option><option value="T2">Two</option></select>
            <button name="decision" value="allow">Allow</button></form>`,
        };
      }
      const form = new URLSearchParams(await readBody(request));
      const seen = { query: url.search, ...Object.fromEntries(form), cookie: request.headers.cookie };
      return { status: 302, headers: { location: `/home?seen=${encodeURIComponent(JSON.stringify(seen))}` } };
    });
  });

  afterAll(() => site.close());

  it('follows redirects, keeps cookies, presses the right button and stops where it wanted to go', async () => {
    const browser = new Browser();
    const home = (url: URL): boolean => url.pathname === '/home';
    const page = await browser.open(`${site.url}/start`, home);
    if ('arrived' in page) throw new Error('arrived too early');
    const end = await browser.submit(page, /allow/i, { team: 'T2', elsewhere: 'no' }, home);
    if (!('arrived' in end)) throw new Error('did not arrive');
    const seen = JSON.parse(end.arrived.searchParams.get('seen') ?? '') as object;
    expect(seen).toEqual({ query: '?a=1&b=2', state: 'x"y', team: 'T2', decision: 'allow', cookie: 'attempt=7' });
  });

  it('says what it saw when there is no such button', async () => {
    const browser = new Browser();
    const page = await browser.open(`${site.url}/ask`, () => false);
    if ('arrived' in page) throw new Error('arrived too early');
    await expect(browser.submit(page, /install/i, {}, () => false)).rejects.toThrow(/Cancel.*Allow/s);
  });
});
