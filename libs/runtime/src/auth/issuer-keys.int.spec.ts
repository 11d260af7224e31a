import { describe, expect, test } from '@jest/globals';
import { sampleConfig, SampleModule } from '../testing/sample-service.ts';
import { startForTest, testIssuer } from '../testing/index.ts';

describe('the keys of an identity provider', () => {
  test('cannot be fetched while it is away: 503 with Retry-After', async () => {
    const provider = await testIssuer();
    const token = await provider.token();
    const isolated = await startForTest({
      config: sampleConfig,
      module: SampleModule,
      env: provider.env,
      offline: true,
    });
    await provider.close();
    const answer = await isolated.request('GET', '/v1/me', { token });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('2');
    await isolated.stop();
  });

  test('are kept while it is away, so that tokens with a known key still work', async () => {
    const provider = await testIssuer();
    const isolated = await startForTest({
      config: sampleConfig,
      module: SampleModule,
      env: provider.env,
      offline: true,
    });
    const token = await provider.token();
    expect((await isolated.request('GET', '/v1/me', { token })).status).toBe(200);
    await provider.close();
    expect((await isolated.request('GET', '/v1/me', { token })).status).toBe(200);
    await isolated.stop();
  });

  test('that nobody publishes are requested once, not for each token', async () => {
    const provider = await testIssuer();
    const isolated = await startForTest({
      config: sampleConfig,
      module: SampleModule,
      env: provider.env,
      offline: true,
    });
    await isolated.request('GET', '/v1/me', { token: await provider.token() });
    const asked = provider.requests.get('/jwks.json');
    for (let i = 0; i < 5; i++)
      expect(
        (await isolated.request('GET', '/v1/me', { token: await provider.token({ keyId: `nobody-${i}` }) })).status,
      ).toBe(401);
    expect(provider.requests.get('/jwks.json')).toBe(asked);
    await isolated.stop();
    await provider.close();
  });
});
