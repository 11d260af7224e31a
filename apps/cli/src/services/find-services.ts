// Where the services are: a flag, else the environment (DELIVERY_URL, PREFERENCES_URL, …), else the playground of this
// repository.
import { findPlayground } from '../playground.ts';
import { UserError, type Terminal } from '../terminal.ts';

export type ServiceName = 'installation' | 'directory-sync' | 'preferences' | 'delivery';

export interface Service {
  name: ServiceName;
  url: string;
}

/** The services of a list whose URL is known; at least one. */
export function findServices({ env, cwd }: Terminal, names: readonly ServiceName[]): Service[] {
  const known = findPlayground(cwd)?.services ?? {};
  const found = names.flatMap((name) => {
    const url = env[variableOf(name)] ?? known[name];
    return url === undefined ? [] : [serviceAt(name, url)];
  });
  if (found.length === 0)
    throw new UserError(
      `the URL of ${names.join(', ')} is unknown: set ${names.map(variableOf).join(', ')}, or start the playground with \`npm start\``,
      2,
    );
  return found;
}

export const findService = (terminal: Terminal, name: ServiceName, url?: string): Service =>
  url === undefined ? findServices(terminal, [name])[0]! : serviceAt(name, url);

const serviceAt = (name: ServiceName, url: string): Service => ({ name, url: url.replace(/\/$/, '') });

const variableOf = (name: ServiceName): string => `${name.toUpperCase().replaceAll('-', '_')}_URL`;
