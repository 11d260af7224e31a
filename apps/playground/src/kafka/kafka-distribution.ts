// Apache Kafka's jars, fetched by Maven once per machine. The folder is renamed when it is complete, so an
// interrupted download leaves nothing behind. Beside the jars is a class archive (AppCDS) that halves the time of later
// starts.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CannotStart } from '../cannot-start.ts';
import { appFolder, cacheFolder } from '../paths.ts';
import type { Progress } from '../progress.ts';
import { requireMaven, type Java } from './java.ts';

const pom = join(appFolder, 'kafka/pom.xml');

export interface KafkaDistribution {
  version: string;
  classPath: string;
  /** The path of the class archive for this Java, which may not exist yet. */
  archive: string;
}

export async function kafkaDistribution(java: Java, progress: Progress): Promise<KafkaDistribution> {
  const text = readFileSync(pom, 'utf8');
  const version = /<kafka\.version>([^<]+)</.exec(text)?.[1] ?? 'unknown';
  const parent = join(cacheFolder(), 'kafka');
  const folder = join(parent, `${version}-${createHash('sha256').update(text).digest('hex').slice(0, 8)}`);
  if (!existsSync(folder)) await fetchInto(folder, parent, version, progress);
  const jars = readdirSync(join(folder, 'libs')).filter((name) => name.endsWith('.jar'));
  return {
    version,
    classPath: jars
      .sort()
      .map((name) => join(folder, 'libs', name))
      .join(':'),
    archive: join(folder, `java-${java.version.replace(/[^\w.+-]/g, '_')}.jsa`),
  };
}

async function fetchInto(folder: string, parent: string, version: string, progress: Progress): Promise<void> {
  const maven = await requireMaven();
  mkdirSync(parent, { recursive: true });
  const temporary = mkdtempSync(join(parent, '.fetching-'));
  try {
    copyFileSync(pom, join(temporary, 'pom.xml'));
    progress.note(`Fetching Kafka ${version} with Maven, once (about 55 MB) …`);
    await copyDependencies(maven, temporary, progress);
    try {
      renameSync(temporary, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error; // else another start has created it
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function copyDependencies(maven: string, folder: string, progress: Progress): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      maven,
      ['-B', 'dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=libs'],
      {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const kept: string[] = [];
    let fetched = 0;
    const read = (line: string): void => {
      kept.push(line);
      if (/Downloaded from/.test(line) && ++fetched % 25 === 0) progress.note(`  ${fetched} files fetched`);
    };
    createInterface({ input: child.stdout }).on('line', read);
    createInterface({ input: child.stderr }).on('line', read);
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) return resolve();
      const why =
        kept
          .filter((line) => line.includes('ERROR'))
          .slice(0, 3)
          .join('\n') || kept.slice(-3).join('\n');
      reject(
        new CannotStart(
          `Maven could not fetch Kafka; try again, or set KAFKA_BROKERS to use an existing Kafka.\n${why}`,
        ),
      );
    });
  });
}
