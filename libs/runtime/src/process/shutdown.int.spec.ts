// A process that is asked to stop ends within SHUTDOWN_TIMEOUT_MS, whatever hangs, and says what hung. The process is a
// real one (testing/hanging-service.ts), with a real broker and a real database where these matter.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Publisher } from '@carillon/messaging';
import { createTestDatabase, startSeverableProxy } from '@carillon/persistence/testing';
import { hangingTopic } from '../testing/hanging-topic.ts';

const program = fileURLToPath(new URL('../../dist/testing/hanging-service.js', import.meta.url));
const brokers = process.env['TEST_KAFKA_BROKERS'] ?? '';

interface Line {
  msg: string;
  level: string;
  url?: string;
  phase?: string;
  step?: string;
  unfinished?: string[];
}

class HangingService {
  readonly lines: Line[] = [];
  private readonly changed = new Set<() => void>();

  private constructor(
    readonly child: ChildProcess,
    private readonly ended: Promise<unknown>,
  ) {}

  static async start(env: Record<string, string>): Promise<HangingService> {
    const child = spawn(process.execPath, [program], {
      env: { HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'info', SHUTDOWN_TIMEOUT_MS: '8s', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const service = new HangingService(child, once(child, 'close'));
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => service.note(line));
    }
    await service.line('started');
    // An answer shows that the process is past the step that follows the line: it listens to signals.
    await fetch(`${service.url}/healthz`);
    return service;
  }

  get url(): string {
    return this.lines.find(({ url }) => url !== undefined)!.url!;
  }

  /** The first line with this message, once it was written. */
  async line(msg: string): Promise<Line> {
    for (;;) {
      const found = this.lines.find((line) => line.msg === msg);
      if (found) return found;
      if (this.child.exitCode !== null) throw new Error(`ended before: ${msg}\n${JSON.stringify(this.lines)}`);
      await new Promise<void>((resolve) => this.changed.add(resolve));
    }
  }

  /** Asks it to stop, and waits for its end and for its last line. */
  async stop(): Promise<{ code: number | null; reached: string[]; left: string[]; last: Line }> {
    this.child.kill('SIGTERM');
    await this.ended;
    return {
      code: this.child.exitCode,
      // The last lines of a process are written at once, and may overtake lines that are being written. That the phases
      // run one after another is in lifecycle.spec.ts.
      reached: allPhases.filter((phase) => this.lines.some((line) => line.msg === 'reached' && line.phase === phase)),
      left: this.lines.filter(({ msg }) => msg.includes('left behind')).map(({ phase, step }) => `${phase}: ${step}`),
      last: this.lines.at(-1)!,
    };
  }

  private note(text: string): void {
    this.lines.push(text.startsWith('{') ? (JSON.parse(text) as Line) : { msg: text, level: 'raw' });
    for (const notify of this.changed) notify();
    this.changed.clear();
  }
}

const allPhases = ['intake', 'work', 'flush', 'close', 'release'];
let service: HangingService | undefined;

afterEach(() => void service?.child.kill('SIGKILL'));

test('SIGUSR2 makes a running process log its requests, without a restart', async () => {
  service = await HangingService.start({ SHUTDOWN_TIMEOUT_MS: '10m' });
  await fetch(`${service.url}/v1/nowhere`);
  service.child.kill('SIGUSR2');
  expect(await service.line('the log level changed')).toMatchObject({ level: 'warn', logLevel: 'debug' });
  expect(service.lines.filter(({ msg }) => msg === 'request')).toEqual([]);
  await fetch(`${service.url}/v1/nowhere`);
  expect(await service.line('request')).toMatchObject({ level: 'debug', method: 'GET' });
});

describe('a process that is asked to stop', () => {
  test('and in which nothing hangs exits with 0', async () => {
    // However slow the machine is, a step that ends is not left behind.
    service = await HangingService.start({ SHUTDOWN_TIMEOUT_MS: '10m' });
    expect(await service.stop()).toMatchObject({ code: 0, reached: allPhases, left: [], last: { msg: 'stopped' } });
  });

  test('passes a step that never ends, and names it', async () => {
    service = await HangingService.start({ HANGS: 'step' });
    expect(await service.stop()).toMatchObject({
      code: 1,
      reached: allPhases,
      left: expect.arrayContaining(['intake: hangs']),
      last: { level: 'fatal', unfinished: expect.arrayContaining(['intake: hangs']) },
    });
  });

  test('reaches every phase although one step of each never ends', async () => {
    service = await HangingService.start({ HANGS: 'everything' });
    expect(await service.stop()).toMatchObject({
      code: 1,
      reached: allPhases,
      left: expect.arrayContaining(allPhases.map((phase) => `${phase}: hangs`)),
    });
  });

  test('cuts off a request that is never answered', async () => {
    service = await HangingService.start({});
    const answer = fetch(`${service.url}/request`).then(
      () => 'answered',
      () => 'cut off',
    );
    await service.line('under way');
    expect(await service.stop()).toMatchObject({
      code: 1,
      reached: allPhases,
      left: expect.arrayContaining(['intake: http']),
    });
    expect(await answer).toBe('cut off');
  });

  test('does not wait for a Kafka handler that never returns', async () => {
    const name = `runtime-spec.${randomUUID()}`;
    service = await HangingService.start({ TOPIC: name, KAFKA_BROKERS: brokers });
    const publisher = new Publisher({ brokers: brokers.split(','), clientId: 'runtime-spec' });
    await publisher.publish(hangingTopic(name), [{ id: randomUUID(), source: '/spec', data: {} }]);
    await publisher.close();
    await service.line('under way');
    expect(await service.stop()).toMatchObject({
      code: 1,
      reached: allPhases,
      left: expect.arrayContaining(['intake: consumers']),
    });
  });

  test('does not wait for a database that does not answer', async () => {
    const database = await createTestDatabase();
    const proxy = await startSeverableProxy(database.url);
    service = await HangingService.start({ DATABASE_URL: proxy.url });
    const answer = fetch(`${service.url}/query`).catch(() => 'cut off');
    await service.line('under way');
    proxy.sever();
    expect(await service.stop()).toMatchObject({
      code: 1,
      reached: allPhases,
      left: expect.arrayContaining(['intake: http', 'release: database']),
    });
    expect(await answer).toBe('cut off');
    await proxy.close();
    await database.drop();
  });

  test('is interrupted where its main thread is busy and does not come back', async () => {
    service = await HangingService.start({ HANGS: 'loop' });
    const { code, last } = await service.stop();
    expect(code).toBe(1);
    expect(last.unfinished).toContain('work: busy');
    expect(service.lines.some(({ msg }) => msg.includes('busy past the deadline'))).toBe(true);
  });
});
