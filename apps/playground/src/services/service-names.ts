// The services a playground runs, in the order in which they are listed to people.
export const serviceNames = [
  'installation',
  'directory-sync',
  'preferences',
  'delivery',
  'slack-ingress',
  'console',
] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Those with a database of their own. */
export const servicesWithDatabase = [
  'installation',
  'directory-sync',
  'preferences',
  'delivery',
  'slack-ingress',
] as const satisfies readonly ServiceName[];

/** The simulated Slack runs beside them and is supervised in the same way. */
export type ProcessName = ServiceName | 'slack-simulator';

export function isServiceName(name: string): name is ServiceName {
  return (serviceNames as readonly string[]).includes(name);
}
