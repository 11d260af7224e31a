// The topic whose handler never returns, for the spec of the shutdown.
import { defineTopic } from '@carillon/domain';
import { z } from 'zod';

export const hangingTopic = (name: string) =>
  defineTopic({
    name,
    direction: 'internal',
    key: { describe: 'none', of: () => null },
    schema: z.object({}),
    partitions: 1,
    retention: '1d',
    deadLetter: true,
    summary: 'for the spec of the shutdown',
  });
