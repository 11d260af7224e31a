/** The app's server for events and interactions: it records each request and answers as the spec says. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  path: string;
  headers: Record<string, string>;
  body: string;
}

export interface Envelope {
  team_id: string | null;
  enterprise_id?: string;
  event: { type: string } & Record<string, unknown>;
  event_context: string;
  authorizations: Record<string, unknown>[];
}

export class AppServer {
  readonly received: Received[] = [];
  answer: (req: Received, count: number) => { status: number; headers?: Record<string, string> } = () => ({
    status: 200,
  });
  #waiting: (() => void)[] = [];

  private constructor(private readonly server: Server) {}

  static async open(): Promise<AppServer> {
    const server = createServer();
    const door = new AppServer(server);
    server.on('request', (req: IncomingMessage, res: ServerResponse) => void door.#take(req, res));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return door;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async count(wanted: number): Promise<void> {
    while (this.received.length < wanted) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** The envelopes of the events, in the order of arrival. */
  get events(): Envelope[] {
    return this.received.map((r) => JSON.parse(r.body) as Envelope);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  async #take(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const got = {
      path: req.url ?? '',
      headers: req.headers as Record<string, string>,
      body: Buffer.concat(chunks).toString('utf8'),
    };
    this.received.push(got);
    const { status, headers } = this.answer(got, this.received.length);
    res.writeHead(status, headers).end();
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
