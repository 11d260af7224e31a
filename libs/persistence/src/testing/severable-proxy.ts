// A TCP proxy that stops forwarding when told to, and says nothing: what a lost link looks like to both ends. The
// connections stay open, nothing more is read from either side.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface SeverableProxy {
  /** The given URL by way of the proxy. */
  url: string;
  sever(): void;
  close(): Promise<void>;
}

export async function startSeverableProxy(target: string): Promise<SeverableProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let severed = false;
  const server = createServer((inbound) => {
    const outbound = connect(Number(port), hostname);
    for (const [from, to] of [
      [inbound, outbound],
      [outbound, inbound],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      from.on('data', (chunk) => {
        if (!severed) to.write(chunk);
      });
    }
    if (severed) for (const socket of [inbound, outbound]) socket.pause();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.toString(),
    sever: () => {
      severed = true;
      for (const socket of sockets) socket.pause();
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
