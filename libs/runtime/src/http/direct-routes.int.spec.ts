// Routes that are answered without the framework, over HTTP.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Controller, Get, Module, Post } from '@nestjs/common';
import { z } from 'zod';
import { Public, Roles } from '../auth/access.ts';
import { httpConfig } from '../config/fragments.ts';
import { startForTest, type TestService } from '../testing/start-for-test.ts';
import { Answers } from './answers.ts';
import { Direct } from './direct-routes.ts';

const config = z.object(httpConfig);

@Controller('door')
class DoorController {
  private count = 0;

  @Direct()
  @Public()
  @Post()
  @Answers({ mediaType: 'text/plain' })
  knock(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    response.end(`knock ${++this.count}`);
    return Promise.resolve();
  }

  @Public()
  @Get()
  @Answers({ mediaType: 'text/plain' })
  look(): string {
    return 'a door';
  }
}

@Controller('locked')
class LockedController {
  @Direct()
  @Roles('owner')
  @Post()
  @Answers({ mediaType: 'text/plain' })
  knock(): Promise<void> {
    return Promise.resolve();
  }
}

@Module({ controllers: [DoorController] })
class Open {}

@Module({ controllers: [LockedController] })
class Locked {}

let service: TestService;
beforeAll(async () => {
  service = await startForTest({ module: Open, config, offline: true });
});
afterAll(() => service.stop());

test('a direct route reads and answers the request itself, whatever its query and its media type', async () => {
  const headers = { 'content-type': 'text/nothing-we-know' };
  const answers = [
    await service.request('POST', '/door?a=1', { body: 'x', headers }),
    await service.request('POST', '/door'),
  ];
  expect(answers.map(({ status, text }) => [status, text])).toEqual([
    [200, 'knock 1'],
    [200, 'knock 2'],
  ]);
  expect(answers[0]!.headers.get('x-content-type-options')).toBe('nosniff');
});

test('other methods and paths go to the framework', async () => {
  expect((await service.request('GET', '/door')).text).toBe('a door');
  expect((await service.request('POST', '/door/2')).status).toBe(404);
});

test('it is measured under its route', async () => {
  await service.request('POST', '/door');
  expect((await service.request('GET', '/metrics')).text).toMatch(
    /http_server_request_duration_seconds_count\{http_request_method="POST",http_route="\/door",http_response_status_code="200"\} [3-9]/,
  );
});

test('a route that is not public does not start without the guard', async () => {
  await expect(startForTest({ module: Locked, config, offline: true })).rejects.toThrow('not public');
});
