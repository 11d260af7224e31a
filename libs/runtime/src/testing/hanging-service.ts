// A service as a process, for the spec of the shutdown: HANGS names what does not end when it is stopped. It logs a
// line `reached` for each phase of its shutdown, and a line `under way` when the work that hangs has begun.
import type { Handles } from '@carillon/messaging';
import { consume } from '@carillon/messaging-nest';
import { createLogger } from '@carillon/telemetry';
import { Controller, Get, Inject, Module, Optional, type Type } from '@nestjs/common';
import type { Pool } from 'pg';
import { z } from 'zod';
import { Public } from '../auth/access.ts';
import { databaseConfig, httpConfig, kafkaConfig } from '../config/fragments.ts';
import { DATABASE } from '../platform/tokens.ts';
import { Lifecycle } from '../process/lifecycle.ts';
import { runService } from '../process/run-service.ts';
import { hangingTopic } from './hanging-topic.ts';

const log = createLogger('hanging service');
const forever = (): Promise<never> => new Promise(() => undefined);
const { HANGS: hangs, TOPIC: topicName, DATABASE_URL } = process.env;

class NeverReturns implements Handles {
  handle(): Promise<void> {
    log.info('under way');
    return forever();
  }
}

@Public()
@Controller()
class HangingController {
  constructor(
    lifecycle: Lifecycle,
    @Optional() @Inject(DATABASE) private readonly pool: Pool | undefined,
  ) {
    for (const phase of ['intake', 'work', 'flush', 'close'] as const) {
      lifecycle.onStop(phase, 'reports', () => log.info({ phase }, 'reached'));
      if (hangs === 'everything') lifecycle.onStop(phase, 'hangs', forever);
    }
    lifecycle.onRelease('reports', () => log.info({ phase: 'release' }, 'reached'));
    if (hangs === 'everything') lifecycle.onRelease('hangs', forever);
    if (hangs === 'step') lifecycle.onStop('intake', 'hangs', forever);
    if (hangs === 'loop') lifecycle.onStop('work', 'busy', () => loop());
  }

  @Get('request')
  request(): Promise<never> {
    log.info('under way');
    return forever();
  }

  @Get('query')
  async query(): Promise<unknown> {
    const answer = this.pool!.query('SELECT pg_sleep(3600)');
    log.info('under way');
    return (await answer).rows;
  }
}

function loop(): void {
  for (;;);
}

const controllers: Type<unknown>[] = [HangingController];
if (topicName !== undefined) controllers.push(consume(hangingTopic(topicName), NeverReturns));

class HangingModule {}
Module({ controllers })(HangingModule);

await runService({
  name: topicName ?? 'hanging-service',
  config: z.object({
    ...httpConfig,
    ...(DATABASE_URL === undefined ? {} : databaseConfig),
    ...(topicName === undefined ? {} : kafkaConfig),
  }),
  module: HangingModule,
  ...(DATABASE_URL === undefined ? {} : { database: { migrations: [] } }),
  ...(topicName === undefined ? {} : { topics: [hangingTopic(topicName)] }),
});
