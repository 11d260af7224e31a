// Files from a real https server on loopback, one test for each way in which opening one can end.
import { readdir, readlink } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Resolve } from './https-source.ts';
import { fileOpener, type OpenFileSettings } from './open-file.ts';
import { fileServer, type FileServer } from './testing/file-server.ts';
import { all, contentOf, csv } from './testing/opened-content.ts';

let server: FileServer;

const opener = (over: Partial<OpenFileSettings> = {}) =>
  fileOpener({ mostBytes: 100_000, timeoutMs: 10_000, trustedHosts: [server.host], ...over });

/** Of this process; where the system does not tell, none are seen. */
async function openTemporaryFiles(): Promise<string[]> {
  const handles = await readdir('/proc/self/fd').catch(() => []);
  const targets = await Promise.all(handles.map((handle) => readlink(`/proc/self/fd/${handle}`).catch(() => '')));
  return targets.filter((target) => target.includes('carillon-file'));
}

beforeAll(async () => {
  server = await fileServer();
  const typed =
    (type: string | undefined, body: string): RequestListener =>
    (_, response) =>
      response.writeHead(200, type === undefined ? {} : { 'content-type': type }).end(body);
  server.route('/report.csv', typed('Text/CSV; charset=utf-8', 'a,b\n1,2\n'));
  server.route('/untyped', typed('binary/octet-stream', 'a,b\n'));
  server.route('/silent-about-type', typed(undefined, 'a,b\n'));
  server.route('/page', typed('text/html', '<h1>Sign in</h1>'));
  server.route('/empty', typed('text/csv', ''));
  server.route('/announced', (_, response) =>
    response.writeHead(200, { 'content-type': 'text/csv', 'content-length': '100001' }).end('x'),
  );
  server.route('/unannounced', (_, response) => {
    response.writeHead(200, { 'content-type': 'text/csv' });
    const more = (): void => void response.write(Buffer.alloc(16_384, 'x'), (error) => !error && setImmediate(more));
    more();
  });
  server.route('/compressed', (_, response) =>
    response.writeHead(200, { 'content-type': 'text/csv', 'content-encoding': 'gzip' }).end('x'),
  );
  server.route('/slow', (_, response) => {
    response.writeHead(200, { 'content-type': 'text/csv' });
    const timer = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(timer));
  });
  server.route('/broken', (_, response) => {
    response.writeHead(200, { 'content-type': 'text/csv', 'content-length': '100' });
    response.write('x', () => response.destroy());
  });
  for (const status of [403, 404, 410, 429, 500, 503, 206])
    server.route(`/${status}`, (_, response) => response.writeHead(status).end());
  const redirect = (path: string, to: string) =>
    server.route(path, (_, response) => response.writeHead(302, { location: to }).end());
  redirect('/moved', '/report.csv');
  redirect('/nowhere', '');
  redirect('/hop1', '/hop2');
  redirect('/hop2', '/hop3');
  redirect('/hop3', '/report.csv');
  redirect('/hop0', '/hop1');
  redirect('/loop', '/loop');
  redirect('/to-metadata', 'https://169.254.169.254/latest/meta-data/');
  redirect('/to-self', `https://127.1.2.3:${server.port}/report.csv`);
  redirect('/to-http', `http://${server.host}/report.csv`);
  redirect('/to-credentials', `https://ada:secret@${server.host}/report.csv`);
});

beforeEach(() => void (server.asked.length = 0));

afterEach(async () => {
  expect((await readdir(tmpdir())).filter((name) => name.startsWith('carillon-file'))).toEqual([]);
  expect(await openTemporaryFiles()).toEqual([]);
});

afterAll(() => server.stop());

describe('a file that is opened', () => {
  test('inline has its exact bytes and length', async () => {
    const opened = await opener()({
      name: 'a.bin',
      contentType: 'application/octet-stream',
      base64: Buffer.from('hällo').toString('base64'),
    });
    expect(opened).toMatchObject({ kind: 'opened', length: 6 });
    expect(await contentOf(opened)).toBe('hällo');
  });

  test.each(['/report.csv', '/moved', '/hop1'])(
    'from %s has the bytes of the last answer, as often as they are read',
    async (path) => {
      const opened = await opener()(csv(server.url(path)));
      if (opened.kind === 'opened') expect((await all(opened.read())).toString()).toBe('a,b\n1,2\n');
      expect(await contentOf(opened)).toBe('a,b\n1,2\n');
    },
  );

  test.each(['/untyped', '/silent-about-type'])(
    'from %s is taken for what was declared, where the server does not know',
    async (path) => {
      expect(await contentOf(await opener()(csv(server.url(path))))).toBe('a,b\n');
    },
  );

  test('comes through a temporary file without a name, which closing ends', async () => {
    const opened = await opener()(csv(server.url('/report.csv')));
    expect((await readdir(tmpdir())).filter((name) => name.startsWith('carillon-file'))).toEqual([]);
    expect(await contentOf(opened)).toBe('a,b\n1,2\n');
  });
});

describe('a file that is refused', () => {
  test.each([
    ['/announced', 'file_too_large'],
    ['/unannounced', 'file_too_large'],
    ['/page', 'file_wrong_type'],
    ['/empty', 'file_empty'],
    ['/compressed', 'file_encoded'],
    ['/403', 'file_http_403'],
    ['/404', 'file_http_404'],
    ['/410', 'file_http_410'],
    ['/206', 'file_http_206'],
    ['/hop0', 'file_redirects'],
    ['/loop', 'file_redirects'],
    ['/to-metadata', 'file_address_forbidden'],
    ['/to-self', 'file_address_forbidden'],
    ['/to-http', 'file_not_https'],
    ['/to-credentials', 'file_credentials'],
  ])('%s: %s, for good', async (path, code) => {
    expect(await opener()(csv(server.url(path)))).toMatchObject({ kind: 'refused', code });
  });

  test.each([
    'http://example.com/a',
    'https://ada:secret@example.com/a',
    'https://ada@example.com/a',
    'https://[fe80::1%25eth0]/a',
    'ftp://example.com/a',
    'no address',
  ])('%s, before anything is asked', async (url) => {
    const resolve: Resolve = () => Promise.reject(new Error('nobody should ask'));
    expect(await opener({ resolve })(csv(url))).toMatchObject({
      kind: 'refused',
      code: expect.stringMatching(/^file_(not_https|credentials|url_invalid)$/),
    });
  });

  test('inline, where it is too large', async () => {
    expect(await opener({ mostBytes: 3 })({ name: 'a', contentType: 'text/plain', base64: 'YWJjZA==' })).toMatchObject({
      kind: 'refused',
      code: 'file_too_large',
    });
  });

  test.each([
    '',
    '/',
    '0',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '017700000001',
    '0177.0.0.01',
    '127.1',
    '127.0.0.1.',
    '１２７.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[0:0:0:0:0:ffff:7f00:1]',
    '[64:ff9b::127.0.0.1]',
    'localhost',
  ])('whose host is %p, without a connection', async (host) => {
    expect(await opener({ trustedHosts: [] })(csv(`https://${host}:${server.port}/report.csv`))).toMatchObject({
      kind: 'refused',
    });
    expect(server.asked).toEqual([]);
  });

  test('in every spelling of a loopback address', async () => {
    const spelling = fc
      .tuple(fc.integer({ min: 0, max: 0xff_ffff }), fc.constantFrom(2, 3, 4, 1), fc.constantFrom('', '0x', '0'))
      .map(([low, parts, prefix]) => {
        const n = 0x7f00_0000 + low;
        const heads = [n >>> 24, (n >>> 16) & 0xff, (n >>> 8) & 0xff].slice(0, parts - 1);
        const tail = parts === 1 ? n : n & (0xffff_ffff >>> (8 * (parts - 1)));
        const write = (part: number): string =>
          prefix === '0x' ? `0x${part.toString(16)}` : prefix === '0' ? `0${part.toString(8)}` : String(part);
        return [...heads, tail].map(write).join('.');
      });
    await fc.assert(
      fc.asyncProperty(spelling, async (host) => {
        expect(await opener({ trustedHosts: [] })(csv(`https://${host}:${server.port}/report.csv`))).toMatchObject({
          kind: 'refused',
          code: 'file_address_forbidden',
        });
      }),
    );
    expect(server.asked).toEqual([]);
  });
});

describe('a file that may come later', () => {
  test.each([
    ['/429', 'file_http_429'],
    ['/500', 'file_http_500'],
    ['/503', 'file_http_503'],
    ['/broken', 'file_unreachable'],
  ])('%s: %s', async (path, code) => {
    expect(await opener()(csv(server.url(path)))).toMatchObject({ kind: 'later', code });
  });

  test('is one that takes too long, however steadily it arrives', async () => {
    expect(await opener({ timeoutMs: 300 })(csv(server.url('/slow')))).toMatchObject({
      kind: 'later',
      code: 'file_timeout',
    });
  });

  test('is one whose name does not resolve, or not in time', async () => {
    expect(
      await opener({ resolve: () => Promise.reject(new Error('ENOTFOUND')) })(csv('https://files.test/')),
    ).toMatchObject({ kind: 'later', code: 'file_dns' });
    expect(
      await opener({ resolve: () => new Promise(() => undefined), timeoutMs: 100 })(csv('https://files.test/')),
    ).toMatchObject({ kind: 'later', code: 'file_timeout' });
  });

  test('is one that was given up while it arrived', async () => {
    const abort = new AbortController();
    const arriving = new Promise<void>((resolve) =>
      server.route('/arriving', (_, response) => {
        response.writeHead(200, { 'content-type': 'text/csv' });
        response.write('x', () => resolve());
      }),
    );
    const opening = opener()(csv(server.url('/arriving')), abort.signal);
    await arriving;
    abort.abort();
    expect(await opening).toMatchObject({ kind: 'later', code: 'file_given_up' });
  });

  test('is one whose server has a certificate that Node does not trust', async () => {
    const { createServer } = await import('node:https');
    const { selfSigned } = await import('./testing/self-signed.ts');
    const stranger = createServer(selfSigned(['files.test']), (_, response) => response.end('x'));
    await new Promise<void>((done) => stranger.listen(0, '127.0.0.1', done));
    const { port } = stranger.address() as { port: number };
    const ended = await opener({ trustedHosts: ['127.0.0.1'] })(csv(`https://127.0.0.1:${port}/`));
    stranger.closeAllConnections();
    await new Promise((done) => stranger.close(done));
    expect(ended).toMatchObject({ kind: 'later', code: 'file_unreachable' });
  });
});
