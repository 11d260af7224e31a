// The schema of what organisations and members choose, checked against the catalogue. Guarantees: a choice for a type
// that does not exist is refused, and so is turning off what cannot be muted. The invalid field is named.
import { channelKind, externalId } from '@carillon/domain';
import { Problem } from '@carillon/runtime';
import { z } from 'zod';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { ChannelChoices } from '../resolution/resolution-context.ts';

const channels = z
  .array(channelKind)
  .refine((list) => new Set(list).size === list.length, { message: 'names a channel twice' });

export const channelChoices = z.strictObject({
  types: z.record(externalId, channels).default({}),
  categories: z.record(externalId, channels).default({}),
});

export const memberChoices = channelChoices.extend({ slackOff: z.boolean().default(false) });

export function checkChoices(choices: ChannelChoices, catalogue: Catalogue): void {
  const errors: { path: string; message: string }[] = [];
  const types = new Map(catalogue.types.map((type) => [type.name, type]));
  for (const [name, chosen] of Object.entries(choices.types)) {
    const type = types.get(name);
    if (!type) errors.push({ path: `types.${name}`, message: 'no such type in the catalogue' });
    else if (!type.mutable && chosen.length === 0)
      errors.push({ path: `types.${name}`, message: 'this type cannot be turned off' });
  }
  const categories = catalogue.categories();
  for (const name of Object.keys(choices.categories)) {
    if (!categories.has(name))
      errors.push({ path: `categories.${name}`, message: 'no such category in the catalogue' });
  }
  if (errors.length > 0) throw new Problem(400, 'Invalid request', 'The choices do not fit the catalogue.', errors);
}
