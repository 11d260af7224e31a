// A server on loopback in Slack's place, for specs of the client: it records each request and answers as the spec says.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { closeConnections } from '../client/connections.ts';
import { SlackClient } from '../client/slack-client.ts';

export const token = 'xoxb-0000-very-secret';
export const post = 'chat.postMessage';

export interface Received {
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export class LoopbackSlack {
  url = '';
  received: Received[] = [];
  reply: (response: ServerResponse, request: Received) => void = () => undefined;
  readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const call = { url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() };
        this.received.push(call);
        this.reply(response, call);
      });
    });
  }

  async start(): Promise<void> {
    this.url = await listening(this.server);
  }

  /** Forgets what it received, and accepts every message again. */
  reset(): void {
    this.received = [];
    this.reply = (response) =>
      json(response, { ok: true, channel: 'C1', ts: '1.2' }, 200, { 'x-slack-req-id': 'req-1' });
  }

  async stop(): Promise<void> {
    await closeConnections();
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  client(options: Partial<ConstructorParameters<typeof SlackClient>[0]> = {}): SlackClient {
    return new SlackClient({ token, slackUrl: this.url, timeoutMs: 5_000, ...options });
  }
}

/** One for all tests of a spec file. */
export function useLoopbackSlack(): LoopbackSlack {
  const slack = new LoopbackSlack();
  beforeAll(() => slack.start());
  beforeEach(() => slack.reset());
  afterAll(() => slack.stop());
  return slack;
}

export function json(
  response: ServerResponse,
  body: unknown,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

export async function listening(listener: Server | TcpServer): Promise<string> {
  await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
}

/** An address at which nothing listens. */
export async function unusedAddress(): Promise<string> {
  const shortLived = createTcpServer();
  const url = await listening(shortLived);
  await new Promise((done) => shortLived.close(done));
  return url;
}
