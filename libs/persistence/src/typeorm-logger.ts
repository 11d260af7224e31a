// Writes TypeORM's messages to the log instead of the console. Guarantees: no value of a statement is logged.
import { createLogger } from '@carillon/telemetry';
import type { Logger } from 'typeorm';

export class TypeOrmLogger implements Logger {
  private readonly logger = createLogger('typeorm');

  logQuery(): void {}

  logQueryError(error: string | Error, query: string): void {
    this.logger.debug({ err: error, query }, 'a statement failed');
  }

  logQuerySlow(time: number, query: string): void {
    this.logger.warn({ ms: time, query }, 'a slow statement');
  }

  logSchemaBuild(message: string): void {
    this.logger.debug(message);
  }

  logMigration(message: string): void {
    this.logger.debug(message);
  }

  log(level: 'log' | 'info' | 'warn', message: unknown): void {
    this.logger[level === 'warn' ? 'warn' : 'debug'](String(message));
  }
}
