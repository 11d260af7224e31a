// The sample service with three issuers, each bound to tenants and roles of its own, and a fourth that nobody accepts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sampleConfig, SampleModule } from './sample-service.ts';
import { startForTest, type TestService } from './start-for-test.ts';
import { testIssuer, type TestIssuer } from './test-issuer.ts';

export interface GuardedService {
  service: TestService;
  /** Speaks for every tenant and gives every role but `security_admin`. */
  issuer: TestIssuer;
  /** Speaks for globex, and gives the role member. */
  memberIssuer: TestIssuer;
  /** Speaks for globex, and gives the roles operator and service. */
  operatorIssuer: TestIssuer;
  /** Not in AUTH_ISSUERS. */
  unknownIssuer: TestIssuer;
  /** What was to be written into the audit log since the last `splice`. */
  refusals: [caller: string, route: string, reason: string][];
  stop(): Promise<void>;
}

export async function guardedService(): Promise<GuardedService> {
  const issuers = await Promise.all([testIssuer(), testIssuer(), testIssuer(), testIssuer()]);
  const [issuer, memberIssuer, operatorIssuer, unknownIssuer] = issuers;
  const folder = mkdtempSync(join(tmpdir(), 'carillon-issuers-'));
  const tenantsFile = join(folder, 'tenants.yaml');
  const refusals: GuardedService['refusals'] = [];
  writeFileSync(
    tenantsFile,
    JSON.stringify({
      tenants: [
        { id: 'acme', name: 'Acme' },
        { id: 'globex', name: 'Globex' },
      ],
      issuers: [
        { url: issuer.url, tenants: '*', roles: ['owner', 'admin', 'member', 'product', 'service', 'operator'] },
        { url: memberIssuer.url, tenants: ['globex'], roles: ['member'] },
        { url: operatorIssuer.url, tenants: ['globex'], roles: ['operator', 'service'] },
      ],
    }),
  );
  const service = await startForTest({
    config: sampleConfig,
    module: SampleModule,
    env: {
      AUTH_ISSUERS: [issuer, memberIssuer, operatorIssuer].map(({ url }) => url).join(','),
      TENANTS_FILE: tenantsFile,
      SERVICE_CLIENTS: 'delivery=POST /v1/secrets',
    },
    offline: true,
    adjust: ({ audit }) => {
      audit.recordRefusal = (caller, { route, reason }) =>
        void refusals.push(['memberId' in caller ? caller.memberId : '', route, reason]);
    },
  });
  const stop = async (): Promise<void> => {
    await service.stop();
    await Promise.all(issuers.map((one) => one.close()));
    rmSync(folder, { recursive: true });
  };
  return { service, issuer, memberIssuer, operatorIssuer, unknownIssuer, refusals, stop };
}
