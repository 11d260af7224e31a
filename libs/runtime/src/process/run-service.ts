// A service as a process: what main.ts calls. Promises: bad configuration is told in full on stderr; SIGTERM and SIGINT
// end the process in order, a second one at once; what nobody caught, and a consumer that cannot go on, end it with 1,
// so that whoever supervises it starts a fresh one (everything here survives kill -9, so it survives this).
import 'reflect-metadata';
import { createLogger, stopTelemetry } from '@carillon/telemetry';
import type { z } from 'zod';
import { ConfigError } from '../config/load-config.ts';
import { startService, type RunningService, type ServiceOptions } from './start-service.ts';

/** EX_CONFIG of sysexits.h: starting again will not help. */
const EXIT_BAD_CONFIG = 78;

export async function runService<S extends z.ZodObject>(options: ServiceOptions<S>): Promise<void> {
  const log = createLogger('process');
  const die = (error: unknown, message: string): never => {
    log.fatal({ err: error }, message);
    process.exit(1);
  };
  process.on('uncaughtException', (error) => die(error, 'nobody caught this error'));
  process.on('unhandledRejection', (error) => die(error, 'nobody caught this rejection'));

  let service: RunningService;
  try {
    service = await startService(options, process.env, { onDead: (error) => die(error, 'the consumer cannot go on') });
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
    void service
      .stop()
      .then(stopTelemetry)
      .then(() => {
        log.info('stopped');
        process.exit(0);
      });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
