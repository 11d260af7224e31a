// A TCP or TLS server that accepts connections and reads nothing from them until a spec lets it.
import type { Server, Socket } from 'node:net';
import { listening } from './loopback-slack.ts';

export class StalledReceiver {
  url = '';
  /** Its first connection. */
  readonly accepted: Promise<Socket>;
  readonly #server: Server;
  readonly #sockets: Socket[] = [];

  /** @param server made with `pauseOnConnect` */
  constructor(server: Server, accepts: 'connection' | 'secureConnection' = 'connection') {
    this.#server = server;
    this.accepted = new Promise((resolve) => server.once(accepts, resolve));
    server.on(accepts, (socket: Socket) => this.#sockets.push(socket.on('error', () => undefined)));
  }

  async start(): Promise<this> {
    this.url = await listening(this.#server);
    return this;
  }

  /** Reads on: what arrives until the first connection ends, and how it ends. */
  async rest(): Promise<{ bytes: number; end: string }> {
    const socket = await this.accepted;
    let bytes = 0;
    let end = 'closed';
    socket.on('data', (chunk: Buffer) => (bytes += chunk.length));
    socket.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => (end = code));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.resume();
    await closed;
    return { bytes, end };
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
