// The only reader of the environment.
import { authConfig, httpConfig, port } from '@carillon/runtime';
import { z } from 'zod';

export const config = z.object({
  ...httpConfig,
  ...authConfig,
  PORT: port(3000),
});
