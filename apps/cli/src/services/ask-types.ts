// The notification types that preferences knows.
import type { z } from 'zod';
import { UserError } from '../terminal.ts';
import { askPages } from './ask-service.ts';
import type { Service } from './find-services.ts';

/** @param item what is read of each type */
export async function askTypes<T>(service: Service, token: string, item: z.ZodType<T>): Promise<T[]> {
  const types = await askPages(service, { token, path: '/v1/types', item, needs: 'a role of a tenant' });
  if (!types) throw new UserError(`preferences at ${service.url} has no types: is the URL that of preferences?`);
  return types;
}
