// Opens connections for undici that are reset when they are destroyed, over TCP and over TLS.
// Guarantees: of a request that is given up, the receiver gets nothing more than what is in its own buffers already.
// A connection that is merely closed keeps sending what the kernel has buffered, so that a request of which nobody
// waits for the answer still arrives as a whole, seconds later.
// An idle connection is reset too. That is harmless: its last answer was read completely.
import type { Socket } from 'node:net';
import { buildConnector } from 'undici';

export function resettingConnector(options: buildConnector.BuildOptions): buildConnector.connector {
  const overTcp = buildConnector(options);
  const overTls = buildConnector(options);
  return (target, connected) =>
    overTcp({ ...target, protocol: 'http:', port: target.port || defaultPort(target.protocol) }, (error, socket) => {
      if (error) return connected(error, null);
      resetOnDestroy(socket);
      // A TLS socket cannot be reset. When it is destroyed, it destroys the socket that it was given.
      if (target.protocol === 'https:') overTls({ ...target, httpSocket: socket }, connected);
      else connected(null, socket);
    });
}

const defaultPort = (protocol: string): string => (protocol === 'https:' ? '443' : '80');

function resetOnDestroy(socket: Socket): void {
  const close = socket.destroy.bind(socket);
  let reset = false;
  let reason: Error | undefined;
  socket.destroy = function destroy(error?: Error): Socket {
    // The kernel refuses to reset a connection that is being shut down.
    if (reset || socket.destroyed || socket.writableEnded) return close(error ?? reason);
    reset = true;
    reason = error;
    // Calls `destroy` again, without the error.
    return socket.resetAndDestroy();
  };
}
