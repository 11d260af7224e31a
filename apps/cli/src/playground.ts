// Where things are: from the environment, else from a playground that runs in this repository.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { KafkaConfig } from '@carillon/messaging';
import { z } from 'zod';
import { UserError, type Terminal } from './terminal.ts';

const playgroundFile = z.object({
  kafka: z.object({ brokers: z.array(z.string()) }).optional(),
  issuer: z.object({ url: z.string() }).optional(),
  services: z.record(z.string(), z.string()).optional(),
  tenant: z.object({ id: z.string() }).optional(),
});
export type PlaygroundState = z.infer<typeof playgroundFile>;

/** `.carillon/playground.json` of this folder or one above it. */
export function findPlayground(cwd: string): PlaygroundState | undefined {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const file = join(folder, '.carillon', 'playground.json');
    if (existsSync(file)) {
      const result = playgroundFile.safeParse(parse(readFileSync(file, 'utf8')));
      if (!result.success) throw new UserError(`${file} is not what a playground writes; start the playground again`);
      return result.data;
    }
    if (dirname(folder) === folder) return undefined;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const truths = new Set(['1', 'true', 'yes']);
const mechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

export function kafkaConfig({ env, cwd }: Terminal, brokersFlag?: string): KafkaConfig {
  const brokers =
    (brokersFlag ?? env['KAFKA_BROKERS'])?.split(',').filter(Boolean) ?? findPlayground(cwd)?.kafka?.brokers;
  if (!brokers?.length)
    throw new UserError(
      'where is Kafka? Set KAFKA_BROKERS=host:port (or --brokers), or start the playground with `npm start`',
      2,
    );
  const named = env['KAFKA_SASL_MECHANISM']?.toLowerCase();
  const mechanism = mechanisms.find((known) => known === named);
  if (named && !mechanism) throw new UserError(`KAFKA_SASL_MECHANISM must be one of ${mechanisms.join(', ')}`, 2);
  const tls = truths.has(env['KAFKA_SSL']?.toLowerCase() ?? '');
  if (mechanism && !tls && !truths.has(env['KAFKA_ALLOW_PLAINTEXT_SASL']?.toLowerCase() ?? '')) {
    throw new UserError(
      'KAFKA_SASL_MECHANISM needs KAFKA_SSL=true: without TLS the password can be read on the network (KAFKA_ALLOW_PLAINTEXT_SASL=true takes the risk)',
      2,
    );
  }
  return {
    brokers,
    clientId: 'carillon-cli',
    ...(tls ? { ssl: tlsOptions(env) } : {}),
    ...(mechanism
      ? { sasl: { mechanism, username: env['KAFKA_SASL_USERNAME'] ?? '', password: env['KAFKA_SASL_PASSWORD'] ?? '' } }
      : {}),
  };
}

/** PEM text, or the file that NAME_FILE names, as the services read it. */
function tlsOptions(env: NodeJS.ProcessEnv): Exclude<KafkaConfig['ssl'], boolean | undefined> {
  const read = (name: string): string | undefined => {
    const file = env[`${name}_FILE`];
    if (env[name] || !file) return env[name] || undefined;
    try {
      return readFileSync(file, 'utf8');
    } catch {
      throw new UserError(`the file that ${name}_FILE names cannot be read`, 2);
    }
  };
  const [ca, cert, key] = [read('KAFKA_SSL_CA'), read('KAFKA_SSL_CERT'), read('KAFKA_SSL_KEY')];
  if ((cert === undefined) !== (key === undefined))
    throw new UserError('KAFKA_SSL_CERT and KAFKA_SSL_KEY go together: give both or neither', 2);
  return { ...(ca === undefined ? {} : { ca }), ...(cert === undefined || key === undefined ? {} : { cert, key }) };
}
