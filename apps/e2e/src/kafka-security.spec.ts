// A Kafka that asks for TLS, for a certificate or for a password: the platform's clients reach it, and are refused
// without. The certificates are made here; the broker is a real one with a listener of each kind.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineTopic } from '@carillon/domain';
import { BatchConsumer, ensureTopics, Publisher, type KafkaConfig } from '@carillon/messaging';
import { findFreePort, startKafka } from '@carillon/playground';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { stoppedByTeardown, teardown } from './teardown.ts';
import { until } from './until.ts';

const folder = mkdtempSync(join(tmpdir(), 'carillon-kafka-security-'));
const file = (name: string): string => join(folder, name);
const pem = (name: string): string => readFileSync(file(name), 'utf8');
let tlsBroker: string;
let saslBroker: string;

const openssl = (...args: string[]): Buffer =>
  execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });

/** `name`.key and `name`.crt, signed by the authority. */
function issue(name: string): void {
  openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
    '-subj',
    `/CN=${name}`,
  );
  writeFileSync(file('names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost');
  openssl(
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    '-CA',
    'ca.crt',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    'names',
    '-out',
    `${name}.crt`,
  );
}

beforeAll(async () => {
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-subj',
    '/CN=test authority',
  );
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-keyout',
    'other.key',
    '-out',
    'other.crt',
    '-subj',
    '/CN=another authority',
  );
  issue('broker');
  issue('client');
  writeFileSync(file('broker.pem'), pem('broker.key') + pem('broker.crt'));
  const [plain, controller, tls, sasl] = [
    await findFreePort(),
    await findFreePort(),
    await findFreePort(),
    await findFreePort(),
  ];
  tlsBroker = `127.0.0.1:${tls}`;
  saslBroker = `127.0.0.1:${sasl}`;
  const listeners = `PLAINTEXT://127.0.0.1:${plain},SSL://${tlsBroker},SASL_SSL://${saslBroker}`;
  const options = {
    port: plain,
    controllerPort: controller,
    dataDir: file('kafka'),
    logFile: file('kafka.log'),
    settings: {
      listeners: `${listeners},CONTROLLER://127.0.0.1:${controller}`,
      'advertised.listeners': listeners,
      'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL',
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': file('broker.pem'),
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': file('ca.crt'),
      'listener.name.ssl.ssl.client.auth': 'required',
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256',
      'listener.name.sasl_ssl.plain.sasl.jaas.config':
        'org.apache.kafka.common.security.plain.PlainLoginModule required user_carillon="right";',
      'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config':
        'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    },
    formatArguments: ['--add-scram', 'SCRAM-SHA-256=[name=carillon,password=right]'],
  };
  await stoppedByTeardown((signal) => startKafka({ ...options, signal }));
});

afterAll(async () => {
  await teardown();
  rmSync(folder, { recursive: true, force: true });
});

const sasl = (mechanism: 'plain' | 'scram-sha-256', password = 'right'): KafkaConfig => ({
  brokers: [saslBroker],
  clientId: 'test',
  ssl: { ca: pem('ca.crt') },
  sasl: { mechanism, username: 'carillon', password },
});

const topicOf = (name: string) =>
  defineTopic({
    name: `test.${name}.v1`,
    summary: 'For a test.',
    direction: 'internal',
    key: { describe: 'none', of: () => null },
    schema: z.strictObject({ n: z.number() }),
    partitions: 2,
    retention: '1d',
    deadLetter: false,
  });

/** Makes a topic, publishes to it and reads it back. */
async function useIt(config: KafkaConfig): Promise<number[]> {
  const topic = topicOf(randomUUID());
  await ensureTopics(config, [topic], 'create');
  const publisher = new Publisher(config);
  const seen: number[] = [];
  let died: Error | undefined;
  const consumer = new BatchConsumer(config, {
    group: `test.${randomUUID()}`,
    subscriptions: [
      {
        topic,
        fromBeginning: true,
        handler: {
          handle: (batch) =>
            Promise.resolve(void seen.push(...batch.records.map(({ data }) => (data as { n: number }).n))),
        },
      },
    ],
    publisher,
    onDead: (error) => (died = error),
  });
  try {
    await publisher.publish(
      topic,
      [1, 2, 3].map((n) => ({ id: String(n), source: '/test', data: { n } })),
    );
    await consumer.start();
    await until('the records to arrive', () => died !== undefined || seen.length === 3);
    if (died) throw died;
    return seen.sort();
  } finally {
    await Promise.all([consumer.stop(), publisher.close()]);
  }
}

describe('a secured Kafka', () => {
  test('is used over TLS with a certificate of our own', async () => {
    const config = {
      brokers: [tlsBroker],
      clientId: 'test',
      ssl: { ca: pem('ca.crt'), cert: pem('client.crt'), key: pem('client.key') },
    };
    expect(await useIt(config)).toEqual([1, 2, 3]);
  });

  test.each(['plain', 'scram-sha-256'] as const)('is used over TLS with a password (%s)', async (mechanism) => {
    expect(await useIt(sasl(mechanism))).toEqual([1, 2, 3]);
  });

  test('is used over TLS with a certificate and with a password by the second client too', async () => {
    const certificate: KafkaConfig = {
      brokers: [tlsBroker],
      clientId: 'test',
      ssl: { ca: pem('ca.crt'), cert: pem('client.crt'), key: pem('client.key') },
    };
    for (const config of [certificate, sasl('plain'), sasl('scram-sha-256')])
      expect(await useIt({ ...config, client: 'platformatic' })).toEqual([1, 2, 3]);
  });

  test.each<[string, () => KafkaConfig]>([
    ['a wrong password', () => sasl('plain', 'wrong')],
    ['a wrong password (scram)', () => sasl('scram-sha-256', 'wrong')],
    ['another certificate authority', () => ({ ...sasl('plain'), ssl: { ca: pem('other.crt') } })],
    ['the machine’s certificate authorities alone', () => ({ ...sasl('plain'), ssl: true })],
    [
      'no certificate where one is asked for',
      () => ({ brokers: [tlsBroker], clientId: 'test', ssl: { ca: pem('ca.crt') } }),
    ],
    ['no TLS', () => ({ brokers: [tlsBroker], clientId: 'test' })],
  ])('refuses %s', async (_what, configOf) => {
    await expect(
      ensureTopics(configOf(), [topicOf(randomUUID())], 'create', { timeoutMs: 1_000 }),
    ).rejects.toMatchObject({ code: 'broker_unavailable' });
  });
});
