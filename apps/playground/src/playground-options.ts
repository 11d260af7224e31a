// The options of a playground.
import type { DeclaredTenant } from './data-folder.ts';
import type { IdentityRequest } from './issuer/issuer.ts';
import type { PortName } from './ports.ts';
import type { SlackApp } from './services/service-environment.ts';
import type { ProcessName, ServiceName } from './services/service-names.ts';

export interface PlaygroundOptions {
  /** `free`: an offset at which every port is free. Default 0. */
  portOffset?: number | 'free';
  /** Default: `.carillon` of the repository; with free ports a temporary folder, which is removed at the end. */
  dataDir?: string;
  services?: readonly ServiceName[];
  replicas?: Partial<Record<ServiceName, number>>;
  /** Added to a process's environment. */
  env?: Partial<Record<ProcessName, Record<string, string>>>;
  /** Tenant `acme` with its people and its workspace. */
  seed?: boolean;
  /** Wipes the data folder first. */
  fresh?: boolean;
  /** Whether a process that ends is started again. Default true. */
  autoRestart?: boolean;
  quiet?: boolean;
  /** Tenants that exist. Default `acme` and `globex`. */
  tenants?: readonly (string | DeclaredTenant)[];
  /** Cells besides `0`. Process n of delivery is the one of the n-th cell, with a database of its own. */
  cells?: readonly string[];
  /** Existing servers, which are then not started. */
  kafkaBrokers?: readonly string[];
  databaseUrl?: string;
  slackUrl?: string;
  slackApp?: SlackApp;
  /** False: PostgreSQL without fsync. Default true. */
  durable?: boolean;
  /** Interrupts the start. */
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
  /** Further claims, in place of others with the same name. */
  claims?: Record<string, unknown>;
}

export interface ConnectOptions {
  tenant: string;
  teamId: string;
  profile: string;
  name?: string;
  installationId?: string;
}

/** The ports of servers that are not started here. */
export function portsOfOthers(options: PlaygroundOptions): PortName[] {
  const without: PortName[] = [];
  if (options.kafkaBrokers) without.push('kafka', 'kafka controller');
  if (options.databaseUrl !== undefined) without.push('postgres');
  if (options.slackUrl !== undefined) without.push('slack');
  return without;
}

/** How many processes each service has, where it has several. */
export const replicasOf = ({ replicas = {}, cells }: PlaygroundOptions): Partial<Record<ServiceName, number>> =>
  cells === undefined ? replicas : { ...replicas, delivery: 1 + cells.length };
