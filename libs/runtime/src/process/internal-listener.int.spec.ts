import { describe, expect, test } from '@jest/globals';
import { sampleConfig, SampleModule } from '../testing/sample-service.ts';
import { startForTest, testIssuer } from '../testing/index.ts';

describe('the internal listener', () => {
  test('serves internal routes and health, and the public one everything else', async () => {
    const issuer = await testIssuer();
    const internal = await startForTest({
      config: sampleConfig,
      module: SampleModule,
      env: {
        ...issuer.env,
        INTERNAL_PORT: '0',
        INTERNAL_HOST: '127.0.0.1',
        SERVICE_CLIENTS: 'delivery=POST /v1/secrets',
      },
      offline: true,
    });
    const token = await issuer.token({ memberId: 'delivery', roles: ['service'], claims: { tenant_id: undefined } });
    const within = (method: string, path: string) =>
      fetch(new URL(path, internal.internalUrl), { method, headers: { authorization: `Bearer ${token}` } });
    try {
      expect((await internal.request('POST', '/v1/secrets', { token })).status).toBe(404);
      expect((await within('POST', '/v1/secrets')).status).toBe(201);
      expect((await within('GET', '/v1/greeting')).status).toBe(404);
      expect((await within('GET', '/healthz')).status).toBe(200);
    } finally {
      await internal.stop();
      await issuer.close();
    }
  });
});
