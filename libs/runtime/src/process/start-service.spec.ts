import { afterEach, describe, expect, test } from '@jest/globals';
import { Controller, Get, Inject, Module } from '@nestjs/common';
import { Public } from '../auth/identity.ts';
import { httpConfig, kafkaConfig } from '../config/fragments.ts';
import { ConfigError } from '../config/load-config.ts';
import { DATABASE } from '../platform/tokens.ts';
import { SampleModule, sampleConfig } from '../testing/sample-service.ts';
import { startForTest, type TestService } from '../testing/index.ts';
import { z } from 'zod';

let entered: () => void;
let proceed: () => void;

@Public()
@Controller('slow')
class SlowController {
  @Get()
  async slow(): Promise<string> {
    const answered = new Promise<void>((resolve) => (proceed = resolve));
    entered();
    await answered;
    return 'done';
  }
}

@Module({ controllers: [SlowController] })
class SlowModule {}

let service: TestService | undefined;
afterEach(() => service?.stop());

describe('a service', () => {
  test('answers the request in flight when it stops, tells its client to go elsewhere, and takes no new one', async () => {
    service = await startForTest({ config: z.object(httpConfig), module: SlowModule });
    const inHandler = new Promise<void>((resolve) => (entered = resolve));
    const answer = service.request('GET', '/slow');
    await inHandler;
    const stopped = service.stop();
    await expect(service.request('GET', '/slow')).rejects.toThrow();
    proceed();
    expect(await answer).toMatchObject({ status: 200, text: 'done' });
    await stopped;
  });

  test('does not start on a bad configuration', async () => {
    await expect(startForTest({ config: sampleConfig, module: SampleModule })).rejects.toBeInstanceOf(ConfigError);
  });

  test('that injects what it did not declare does not start, and the error names it', async () => {
    class Needy {
      constructor(readonly pool: unknown) {}
    }
    Inject(DATABASE)(Needy, undefined, 0);
    const module = class NeedyModule {};
    Module({ providers: [Needy] })(module);
    await expect(startForTest({ config: z.object(httpConfig), module })).rejects.toThrow(/Needy.*Symbol\(database\)/s);
  });

  test('boots without its broker when a spec only wants to see the module', async () => {
    service = await startForTest({ config: z.object({ ...httpConfig, ...kafkaConfig }), module: SlowModule, env: { KAFKA_BROKERS: '127.0.0.1:1' }, offline: true });
    expect((await service.request('GET', '/readyz')).status).toBe(200);
  });
});
