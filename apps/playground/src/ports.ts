// The ports of a playground: one table, and one offset that is added to all. A free offset is below the range from
// which the kernel takes ports for outgoing connections, so that no other program takes one before it is used.
import { createServer } from 'node:net';
import { environment } from './environment.ts';
import { CannotStart } from './cannot-start.ts';
import { serviceNames, type ServiceName } from './services/service-names.ts';

export const basePorts = {
  console: 3000,
  installation: 3001,
  'directory-sync': 3002,
  preferences: 3003,
  delivery: 3004,
  'slack-ingress': 3005,
  slack: 3900,
  issuer: 3901,
  smtp: 3902,
  mail: 3903,
  postgres: 5440,
  kafka: 9092,
  'kafka controller': 9093,
} as const;

export type PortName = keyof typeof basePorts;
export type Ports = Record<PortName, number>;

export const maxOffset = 65_535 - Math.max(...Object.values(basePorts));

export function portsAt(offset: number): Ports {
  return Object.fromEntries(Object.entries(basePorts).map(([name, port]) => [name, port + offset])) as Ports;
}

/** The first process of a service has the port of the table, each further one 100 more: 3004, 3104, 3204. */
export function replicaPort(ports: Ports, service: ServiceName, replica: number): number {
  return ports[service] + replica * 100;
}

export type PortUse = { name: string; port: number };

/** The ports of a playground with these replicas, without those of servers that it does not start. */
export function portUses(
  ports: Ports,
  replicas: Partial<Record<ServiceName, number>>,
  without: readonly PortName[] = [],
): PortUse[] {
  const uses = (Object.keys(ports) as PortName[])
    .filter((name) => !without.includes(name))
    .map((name): PortUse => ({ name, port: ports[name] }));
  for (const service of serviceNames) {
    for (let replica = 1; replica < (replicas[service] ?? 1); replica++) {
      uses.push({ name: `${service} (process ${replica + 1})`, port: replicaPort(ports, service, replica) });
    }
  }
  return uses;
}

export async function busyPorts(uses: readonly PortUse[]): Promise<PortUse[]> {
  const free = await Promise.all(uses.map(({ port }) => isFree(port)));
  return uses.filter((_, index) => !free[index]);
}

/** `offset`: of the ports in `uses`. A refusal suggests an offset at which all of them are free. */
export async function requireFreePorts(uses: readonly PortUse[], offset = 0): Promise<void> {
  const busy = await busyPorts(uses);
  if (busy.length === 0) return;
  const list = busy.map(({ name, port }) => `${port} (${name})`).join(', ');
  const free = await nextFreeOffset(uses, offset);
  const advice = free === undefined ? '.' : `, or move every port: npm start -- --port-offset ${free}`;
  throw new CannotStart(
    `Port ${list} ${busy.length === 1 ? 'is' : 'are'} in use by another program. Stop that program${advice}`,
  );
}

async function nextFreeOffset(uses: readonly PortUse[], offset: number): Promise<number | undefined> {
  for (let next = offset + 100; next <= Math.min(maxOffset, offset + 3_000); next += 100) {
    const moved = uses.map(({ name, port }) => ({ name, port: port - offset + next }));
    if (moved.every(({ port }) => port <= 65_535) && (await busyPorts(moved)).length === 0) return next;
  }
  return undefined;
}

/**
 * Two workers of Jest look for an offset at the same moment, and neither sees what the other one is about to use. Their
 * offsets are 0 and 25 more than a multiple of 50: no two base ports differ by that, so they share no port.
 */
export async function findFreeOffset(
  replicas: Partial<Record<ServiceName, number>>,
  without: readonly PortName[] = [],
  jestWorker = Number(environment['JEST_WORKER_ID'] ?? 0),
): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const offset = 10_000 + 50 * Math.floor(Math.random() * 260) + 25 * (jestWorker % 2);
    if ((await busyPorts(portUses(portsAt(offset), replicas, without))).length === 0) return offset;
  }
  throw new CannotStart('No offset with all ports free was found below 32768.');
}

/** One free port outside the kernel's range for outgoing connections. */
export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = 13_000 + Math.floor(Math.random() * 19_000);
    if (await isFree(port)) return port;
  }
  throw new CannotStart('No free port was found below 32768.');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1' }, () => probe.close(() => resolve(true)));
  });
}
