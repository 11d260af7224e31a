// Runs a service as a process; main.ts calls it. Guarantees: all errors of the configuration are printed on stderr;
// SIGTERM and SIGINT shut the process down in order, a second signal ends it at once; a shutdown ends within
// SHUTDOWN_TIMEOUT_MS, and with exit code 1 and a log line that names them where steps did not end; an uncaught error,
// or a consumer that failed for good, ends the process with exit code 1, so that its supervisor starts a new one;
// SIGUSR2 switches the log between LOG_LEVEL and `debug`.
import 'reflect-metadata';
import { createLogger, stopTelemetry, switchLogLevel, type Logger } from '@carillon/telemetry';
import type { z } from 'zod';
import { ConfigError } from '../config/load-config.ts';
import { startShutdownWatchdog } from './shutdown-watchdog.ts';
import { startService, type RunningService, type ServiceOptions } from './start-service.ts';

/** EX_CONFIG of sysexits.h: another start would fail in the same way. */
const EXIT_BAD_CONFIG = 78;

export async function runService<S extends z.ZodObject>(options: ServiceOptions<S>): Promise<void> {
  const log = createLogger('process');
  const die = (error: unknown, message: string): never => {
    log.fatal({ err: error }, message);
    process.exit(1);
  };
  process.on('uncaughtException', (error) => die(error, 'an uncaught error'));
  process.on('unhandledRejection', (error) => die(error, 'an unhandled rejection'));

  let service: RunningService;
  try {
    service = await startService(options, process.env, {
      onDead: (error) => die(error, 'the consumer failed for good'),
    });
  } catch (error) {
    if (error instanceof ConfigError) {
      process.stderr.write(`${error.message}\n`);
      process.exit(EXIT_BAD_CONFIG);
    }
    return die(error, 'the service could not start');
  }

  let asked = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (asked) process.exit(1);
    asked = true;
    log.info({ signal }, 'stopping');
    void shutDown(service, log);
  };
  process.on('SIGUSR2', () => log.warn({ logLevel: switchLogLevel() }, 'the log level changed'));
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** After the deadline, for a main thread that is only slow. */
const WATCHDOG_GRACE_MS = 500;

async function shutDown({ lifecycle }: RunningService, log: Logger): Promise<void> {
  setTimeout(() => {
    log.fatal({ unfinished: lifecycle.unfinished }, 'the shutdown did not end in time');
    process.exit(1);
  }, lifecycle.timeoutMs);
  startShutdownWatchdog(lifecycle.timeoutMs + WATCHDOG_GRACE_MS);
  const leftBehind = await lifecycle.stop();
  await stopTelemetry(lifecycle.remainingMs);
  if (leftBehind.length > 0) {
    log.fatal({ unfinished: lifecycle.unfinished, leftBehind }, 'stopped, but not all steps ended in time');
    process.exit(1);
  }
  log.info('stopped');
  process.exit(0);
}
