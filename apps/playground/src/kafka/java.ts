// Finds the machine's Java and Maven, or says in one sentence what to install.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { environment } from '../environment.ts';
import { CannotStart } from '../cannot-start.ts';

const run = promisify(execFile);
const otherwise = 'or set KAFKA_BROKERS to use an existing Kafka';

export interface Java {
  command: string;
  version: string;
}

export async function requireJava(env: NodeJS.ProcessEnv = environment): Promise<Java> {
  const command = env['JAVA_HOME'] ? join(env['JAVA_HOME'], 'bin/java') : 'java';
  const output = await run(command, ['-version']).then(
    ({ stderr, stdout }) => stderr + stdout,
    () => undefined,
  );
  const version = output === undefined ? undefined : /version "([^"]+)"/.exec(output)?.[1];
  if (version === undefined) {
    throw new CannotStart(
      `Java was not found: install Java 17 or newer (Debian and Ubuntu: apt-get install openjdk-17-jre-headless), ${otherwise}.`,
    );
  }
  const major = Number(/^(?:1\.)?(\d+)/.exec(version)?.[1]);
  if (!(major >= 17))
    throw new CannotStart(
      `Java ${version} is too old for Kafka: install Java 17 or newer and point JAVA_HOME at it, ${otherwise}.`,
    );
  return { command, version };
}

export async function requireMaven(): Promise<string> {
  try {
    await run('mvn', ['--version']);
    return 'mvn';
  } catch {
    throw new CannotStart(
      `Maven, which fetches Kafka once, was not found: install it (Debian and Ubuntu: apt-get install maven), ${otherwise}.`,
    );
  }
}
