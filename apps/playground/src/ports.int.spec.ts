// Ports: one table, one offset.
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { busyPorts, findFreeOffset, portUses, portsAt, replicaPort, requireFreePorts } from './ports.ts';

describe('ports', () => {
  let taken: Server | undefined;

  afterEach(() => new Promise<void>((resolve) => (taken ? taken.close(() => resolve()) : resolve())));

  async function take(): Promise<number> {
    const server = createServer();
    taken = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  it('all move by the offset', () => {
    expect(portsAt(200)).toMatchObject({ console: 3200, delivery: 3204, slack: 4100, kafka: 9292 });
  });

  it('of further processes lie 100 apart', () => {
    const ports = portsAt(0);
    expect([0, 1, 2].map((replica) => replicaPort(ports, 'delivery', replica))).toEqual([3004, 3104, 3204]);
    expect(portUses(ports, { delivery: 3 }).map(({ port }) => port)).toEqual(
      expect.arrayContaining([3004, 3104, 3204]),
    );
  });

  it('of servers that are not ours are left out', () => {
    expect(portUses(portsAt(0), {}, ['kafka']).map(({ name }) => name)).not.toContain('kafka');
  });

  it('in use are named, with an offset at which all are free, beyond the one in use', async () => {
    const port = await take();
    const refused = requireFreePorts([{ name: 'delivery', port }], 4_000);
    await expect(refused).rejects.toThrow(new RegExp(`${port} \\(delivery\\).*--port-offset \\d+$`));
    const offset = Number(/--port-offset (\d+)/.exec(await refused.then(String, String))![1]);
    expect(offset).toBeGreaterThan(4_000);
    expect(await busyPorts([{ name: 'delivery', port: port - 4_000 + offset }])).toEqual([]);
  });

  it('found free are free, and below those the kernel gives away', async () => {
    const offset = await findFreeOffset({ delivery: 2 });
    const uses = portUses(portsAt(offset), { delivery: 2 });
    expect(await busyPorts(uses)).toEqual([]);
    expect(Math.max(...uses.map(({ port }) => port))).toBeLessThan(32_768);
  });

  it('found by two workers at the same moment are never the same', async () => {
    const residues = async (worker: number): Promise<Set<number>> => {
      const offset = await findFreeOffset({ delivery: 3 }, [], worker);
      return new Set(portUses(portsAt(offset), { delivery: 3 }).map(({ port }) => port % 50));
    };
    const [first, second] = [await residues(1), await residues(2)];
    expect([...first].filter((residue) => second.has(residue))).toEqual([]);
  });
});
