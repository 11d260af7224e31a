// A second listener for routes that only Carillon's own services call, so that a network policy can keep everybody else
// away. Guarantees: with INTERNAL_PORT, internal routes do not exist on the public listener, and public ones (health
// apart) not on the internal one. Without it both are served together.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Request } from 'express';

const HEALTH = new Set(['/healthz', '/readyz', '/metrics']);

export class InternalListener {
  private server: Server | undefined;
  private readonly sockets = new WeakSet<Socket>();

  /** @param port undefined: there is no second listener */
  constructor(
    private readonly port: number | undefined,
    private readonly host: string,
  ) {}

  /** The address, where there is a listener. `configure` sets what the public server has, such as timeouts. */
  async listen(handle: RequestListener, configure: (server: Server) => void): Promise<string | undefined> {
    if (this.port === undefined) return undefined;
    const server = createServer(handle);
    this.server = server;
    configure(server);
    server.on('connection', (socket) => this.sockets.add(socket));
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(this.port, this.host, resolve));
    return `http://${this.host}:${(server.address() as AddressInfo).port}`;
  }

  get running(): Server | undefined {
    return this.server;
  }

  /** Whether the listener by which the request came serves such a route. */
  serves(request: Request, internalRoute: boolean): boolean {
    if (this.port === undefined) return true;
    return this.sockets.has(request.socket) ? internalRoute || HEALTH.has(request.path) : !internalRoute;
  }
}
