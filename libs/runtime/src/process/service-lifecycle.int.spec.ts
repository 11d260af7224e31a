import { afterEach, describe, expect, test } from '@jest/globals';
import { Body, Controller, Get, Inject, Module, Post, Req } from '@nestjs/common';
import { Public } from '../auth/access.ts';
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

@Public()
@Controller('form')
class FormController {
  @Post()
  form(@Body() body: unknown, @Req() request: { rawBody?: Buffer }): unknown {
    return { body, raw: request.rawBody?.toString() };
  }
}

@Module({ controllers: [FormController] })
class FormModule {}

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

  test('that asks for forms reads them, keeps the bytes as they came, and still reads JSON', async () => {
    service = await startForTest({ config: z.object(httpConfig), module: FormModule, bodies: ['json', 'form'] });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await service.request('POST', '/form', { body: 'a=1&b=%20', headers })).body).toEqual({
      body: { a: '1', b: ' ' },
      raw: 'a=1&b=%20',
    });
    expect((await service.request('POST', '/form', { body: { a: 1 } })).body).toEqual({
      body: { a: 1 },
      raw: '{"a":1}',
    });
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
    service = await startForTest({
      config: z.object({ ...httpConfig, ...kafkaConfig }),
      module: SlowModule,
      env: { KAFKA_BROKERS: '127.0.0.1:1' },
      offline: true,
    });
    expect((await service.request('GET', '/readyz')).status).toBe(200);
  });
});
