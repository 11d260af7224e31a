// The names of the services' consumer groups. Guarantee: a cell's groups are its own.
import { cellSuffix, defaultCell } from '@carillon/domain';

/** A service has one group for each: `main` handles records, the others are those of `consume()`. */
export const consumerGroups = ['state', 'main', 'deferred'] as const;
export type ConsumerGroup = (typeof consumerGroups)[number];

export function consumerGroupOf(service: string, group: ConsumerGroup = 'main', cell = defaultCell): string {
  const ofService = `carillon.${service}${cellSuffix(cell)}`;
  return group === 'main' ? ofService : `${ofService}.${group}`;
}
