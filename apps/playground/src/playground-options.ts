// What can be asked of a playground.
import type { IdentityRequest } from './issuer/issuer.ts';
import type { PortName } from './ports.ts';
import type { SlackApp } from './services/service-environment.ts';
import type { ProcessName, ServiceName } from './services/service-names.ts';

export interface PlaygroundOptions {
  /** `free`: ports of its own, beside whatever runs. Default 0. */
  portOffset?: number | 'free';
  /** Default: `.carillon` of the repository; with free ports a temp folder that is gone at the end. */
  dataDir?: string;
  services?: readonly ServiceName[];
  replicas?: Partial<Record<ServiceName, number>>;
  /** Added to a process's environment. */
  env?: Partial<Record<ProcessName, Record<string, string>>>;
  /** Tenant `acme` with its people and its workspace. */
  seed?: boolean;
  /** Wipes the data folder first. */
  fresh?: boolean;
  /** Start again what dies. Default true. */
  autoRestart?: boolean;
  quiet?: boolean;
  /** Tenants that exist. Default `acme` and `globex`. */
  tenants?: readonly string[];
  /** Existing servers in place of our own. */
  kafkaBrokers?: readonly string[];
  databaseUrl?: string;
  slackUrl?: string;
  slackApp?: SlackApp;
  /** Off: PostgreSQL without fsync. Default on. */
  durable?: boolean;
  /** Stops a start that is under way. */
  signal?: AbortSignal;
  onNote?: (line: string) => void;
}

export interface TokenRequest {
  tenant: string;
  sub: string;
  roles: IdentityRequest['roles'];
  email?: string;
  /** `typ` of the token's header. */
  typ?: string;
  /** Further claims, over all others. */
  claims?: Record<string, unknown>;
}

export interface ConnectOptions {
  tenant: string;
  teamId: string;
  profile: string;
  name?: string;
  installationId?: string;
}

/** The ports on which nothing of ours will listen. */
export function portsOfOthers(options: PlaygroundOptions): PortName[] {
  const without: PortName[] = [];
  if (options.kafkaBrokers) without.push('kafka', 'kafka controller');
  if (options.databaseUrl !== undefined) without.push('postgres');
  if (options.slackUrl !== undefined) without.push('slack');
  return without;
}
