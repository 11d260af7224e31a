// The addresses that a file is fetched from, with a real https server: those that were checked, and trusted hosts.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Resolve } from './https-source.ts';
import { fileOpener, type OpenFileSettings } from './open-file.ts';
import { fileServer, type FileServer } from './testing/file-server.ts';
import { contentOf, csv } from './testing/opened-content.ts';

let server: FileServer;

const opener = (over: Partial<OpenFileSettings> = {}) =>
  fileOpener({ mostBytes: 100_000, timeoutMs: 10_000, trustedHosts: [server.host], ...over });

beforeAll(async () => {
  server = await fileServer();
  server.route('/report.csv', (_, response) =>
    response.writeHead(200, { 'content-type': 'text/csv' }).end('a,b\n1,2\n'),
  );
});

beforeEach(() => void (server.asked.length = 0));

afterAll(() => server.stop());

describe('a name that answers differently', () => {
  const changing = (...answers: string[][]): Resolve => {
    let n = 0;
    return () => Promise.resolve(answers[Math.min(n++, answers.length - 1)] ?? []);
  };

  test('is refused when any one of its addresses is not public', async () => {
    for (const answer of [
      ['8.8.8.8', '127.0.0.1'],
      ['2606:4700::1111', '::1'],
      ['10.0.0.1', '8.8.8.8'],
    ]) {
      expect(
        await opener({ trustedHosts: [], resolve: changing(answer) })(
          csv(`https://files.test:${server.port}/report.csv`),
        ),
      ).toMatchObject({ kind: 'refused', code: 'file_address_forbidden' });
    }
    expect(server.asked).toEqual([]);
  });

  test('gains nothing: the connection goes to the address that was checked', async () => {
    // Nothing listens at the first answer; a second look-up would lead to the server.
    const at = (...answers: string[][]) =>
      opener({ trustedHosts: ['files.test'], resolve: changing(...answers), timeoutMs: 3_000 })(
        csv(`https://files.test:${server.port}/report.csv`),
      );
    expect((await at(['127.0.0.2'], ['127.0.0.1'])).kind).toBe('later');
    expect(server.asked).toEqual([]);
    expect(await contentOf(await at(['127.0.0.1'], ['127.0.0.2']))).toBe('a,b\n1,2\n');
  });

  test('is looked up and checked again on every hop', async () => {
    server.route('/to-name', (_, response) =>
      response.writeHead(307, { location: `https://files.test:${server.port}/report.csv` }).end(),
    );
    expect(await opener({ resolve: changing(['192.168.0.7']) })(csv(server.url('/to-name')))).toMatchObject({
      kind: 'refused',
      code: 'file_address_forbidden',
    });
    expect(server.asked).toEqual(['/to-name']);
  });
});

describe('a trusted host', () => {
  test('is one host, and one port where a port is named', async () => {
    const url = `https://files.test:${server.port}/report.csv`;
    const at = (trusted: string) =>
      opener({ trustedHosts: [trusted], resolve: () => Promise.resolve(['127.0.0.1']) })(csv(url));
    for (const trusted of ['files.test', 'FILES.test', `files.test:${server.port}`])
      expect(await contentOf(await at(trusted))).toBe('a,b\n1,2\n');
    for (const trusted of ['files.test:443', 'test', 'evil-files.test', '127.0.0.1'])
      expect(await at(trusted)).toMatchObject({ code: 'file_address_forbidden' });
  });
});
