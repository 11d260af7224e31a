// Boots the module as main.ts does, without a broker or a database.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startForTest, testIssuer, type TestIssuer, type TestService } from '@carillon/runtime/testing';
import { AppModule } from './app.module.ts';
import { config } from './config.ts';

describe('slack-ingress', () => {
  let issuer: TestIssuer;
  let service: TestService;

  beforeAll(async () => {
    issuer = await testIssuer();
    service = await startForTest({
      name: 'slack-ingress',
      module: AppModule,
      config,
      env: { ...issuer.env, SLACK_SIGNING_SECRET: 'not-a-secret' },
      offline: true,
    });
  });

  afterAll(async () => {
    await service.stop();
    await issuer.close();
  });

  it('says that it is alive', async () => {
    expect((await service.request('GET', '/healthz')).status).toBe(200);
  });

  it('says that it can work', async () => {
    expect((await service.request('GET', '/readyz')).status).toBe(200);
  });

  it('answers nothing else without a token', async () => {
    expect((await service.request('GET', '/v1/anything')).status).toBeGreaterThanOrEqual(401);
  });
});
