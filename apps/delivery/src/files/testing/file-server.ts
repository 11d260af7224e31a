// A real https server on loopback, whose certificate Node trusts until it is stopped. Files are routes of it.
import { createServer } from 'node:https';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { selfSigned } from './self-signed.ts';

export interface FileServer {
  port: number;
  /** `127.0.0.1:<port>`. */
  host: string;
  url(path: string): string;
  /** What was asked for, in order. */
  readonly asked: string[];
  route(path: string, answer: RequestListener): void;
  stop(): Promise<void>;
}

export async function fileServer(names: readonly string[] = ['localhost', 'files.test']): Promise<FileServer> {
  const routes = new Map<string, RequestListener>();
  const asked: string[] = [];
  const tls = selfSigned(names);
  const server = createServer(tls, (request, response) => {
    asked.push(request.url ?? '');
    const answer = routes.get(request.url ?? '');
    if (answer) answer(request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const trusted = getCACertificates('default');
  setDefaultCACertificates([...trusted, tls.cert]);
  return {
    port,
    host: `127.0.0.1:${port}`,
    url: (path) => `https://127.0.0.1:${port}${path}`,
    asked,
    route: (path, answer) => void routes.set(path, answer),
    stop: async () => {
      setDefaultCACertificates(trusted);
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
