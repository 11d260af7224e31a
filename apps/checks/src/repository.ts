// The root of the repository, from the place of this file.
import { join } from 'node:path';

export const repository = join(import.meta.dirname, '../../..');
