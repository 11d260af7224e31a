// What slack-ingress promises while something that it needs fails, on real Kafka and PostgreSQL.
import { createConnection, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '@carillon/messaging/testing';
import { startSeverableProxy } from '@carillon/persistence/testing';
import { eventBody, IngressStage, newTeam, type Ingress } from './testing/running-ingress.ts';

let stage: IngressStage;
let healthy: Ingress;

beforeAll(async () => {
  stage = await IngressStage.open();
  healthy = await stage.start();
});
afterAll(() => stage.close());

test('an event that Kafka does not acknowledge in time is answered with 503, and accepted when Slack sends it again', async () => {
  const hasty = await stage.start({ INGRESS_ANSWER_MS: '1ms' });
  const team = newTeam();
  const body = eventBody(team);
  const answer = await hasty.post('/slack/events', body);
  expect(answer.status).toBe(503);
  expect(answer.headers.get('x-slack-no-retry')).toBeNull();
  // The first process gives its claim back after it has answered.
  await until(async () => (await healthy.post('/slack/events', body)).status === 200);
  await until(() => stage.eventsOf(team).length > 0);
});

test('an event is published while the database says nothing, and answered in time', async () => {
  const proxy = await startSeverableProxy(stage.databaseUrl);
  const ingress = await stage.start({ DATABASE_URL: proxy.url, MIGRATION_DATABASE_URL: stage.databaseUrl });
  const team = newTeam();
  await ingress.post('/slack/events', eventBody(team));
  proxy.sever();
  const started = performance.now();
  for (let n = 0; n < 5; n++) expect((await ingress.post('/slack/events', eventBody(team))).status).toBe(200);
  expect(performance.now() - started).toBeLessThan(15_000);
  await until(() => stage.eventsOf(team).length === 6);
  expect(await ingress.metric('carillon_ingress_unchecked_total')).toBeGreaterThanOrEqual(5);
  await proxy.close();
});

describe('a process with more than it can hold', () => {
  /** Its body never arrives. */
  const slowRequest = (url: string, headers: string): Promise<Socket> =>
    new Promise((resolve) => {
      const socket = createConnection(Number(new URL(url).port), '127.0.0.1', () => {
        socket.write(`POST /slack/events HTTP/1.1\r\nhost: x\r\n${headers}content-length: 5000\r\n\r\n{`, () =>
          resolve(socket),
        );
      });
    });

  test('answers 503 before it reads, and works again when there is room', async () => {
    const small = await stage.start({ INGRESS_MAX_REQUESTS: '2' });
    const headers = `x-slack-request-timestamp: ${Math.floor(Date.now() / 1000)}\r\nx-slack-signature: v0=${'0'.repeat(64)}\r\n`;
    const sockets = await Promise.all([1, 2].map(() => slowRequest(small.service.url, headers)));
    // Until both requests arrived, and not after their bodies are given up on.
    let answer = await small.post('/slack/events', eventBody(newTeam()));
    for (let n = 0; n < 50 && answer.status !== 503; n++)
      answer = await small.post('/slack/events', eventBody(newTeam()));
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(await small.metric('carillon_ingress_refused_total{reason="overloaded"}')).toBeGreaterThan(0);
    sockets.forEach((socket) => socket.destroy());
    await until(async () => (await small.post('/slack/events', eventBody(newTeam()))).status === 200);
  });

  test('ends a request whose body does not arrive', async () => {
    const headers = `x-slack-request-timestamp: ${Math.floor(Date.now() / 1000)}\r\nx-slack-signature: v0=${'0'.repeat(64)}\r\n`;
    const socket = await slowRequest(healthy.service.url, headers);
    const answer = await new Promise<string>((resolve) => socket.once('data', (bytes) => resolve(String(bytes))));
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    socket.destroy();
  });
});
