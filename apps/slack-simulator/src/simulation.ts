/** The state that all parts of the simulator work on: one app, its workspaces, the limits and faults that tests set. */
import type { AppIdentity } from './app-identity.ts';
import type { Faults } from './faults.ts';
import type { Limits } from './limits.ts';
import type { AppManifest } from './manifest/app-manifest.ts';
import type { RequestLog } from './request-log.ts';
import type { World } from './world/world.ts';
import type { Outbound } from './events/outbound.ts';
import type { SignInKey } from './oauth/sign-in-key.ts';

export interface Simulation {
  readonly app: AppIdentity;
  readonly manifest: AppManifest;
  readonly world: World;
  readonly limits: Limits;
  readonly faults: Faults;
  readonly requests: RequestLog;
  readonly outbound: Outbound;
  readonly signInKey: SignInKey;
  /** Where browsers and apps reach the simulator, without a slash at the end. */
  baseUrl: string;
}
