// A small HTTP server on loopback for the issuer and the mail sink: a handler returns its answer.
import { createServer, type IncomingMessage } from 'node:http';

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  /** A string is sent as it is (HTML unless a header says otherwise), anything else as JSON. */
  body?: unknown;
}

export interface LocalServer {
  url: string;
  close(): Promise<void>;
}

export async function serve(
  port: number,
  handle: (request: IncomingMessage, url: URL) => Promise<Answer> | Answer,
): Promise<LocalServer> {
  const server = createServer((request, response) => {
    void (async () => {
      let answer: Answer;
      try {
        answer = await handle(request, new URL(request.url ?? '/', 'http://localhost'));
      } catch (error) {
        answer = { status: 500, body: { title: 'Internal error', detail: (error as Error).message } };
      }
      const text =
        typeof answer.body === 'string' ? answer.body : answer.body === undefined ? '' : JSON.stringify(answer.body);
      const type = typeof answer.body === 'string' ? 'text/html; charset=utf-8' : 'application/json';
      response.writeHead(answer.status ?? 200, {
        'content-type': type,
        'content-length': Buffer.byteLength(text),
        ...answer.headers,
      });
      response.end(text);
    })();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export async function readBody(request: IncomingMessage, limit = 64 * 1024): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > limit) throw new Error(`The body is larger than ${limit} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

export function notFound(path: string): Answer {
  return { status: 404, body: { title: 'Not found', detail: `There is nothing at ${path}` } };
}
