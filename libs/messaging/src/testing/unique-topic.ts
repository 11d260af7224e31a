// A topic with a name of its own, for specs on a real broker.
import { randomUUID } from 'node:crypto';
import { defineTopic, type Retention, type Topic } from '@carillon/domain';
import { z } from 'zod';

const payload = z.strictObject({ n: z.number(), text: z.string().optional(), key: z.string().optional() });
type Payload = typeof payload;

export function uniqueTopic<Kept extends Retention = '1d'>(
  settings: { partitions?: number; retention?: Kept; perCell?: true } = {},
): Topic<string, Payload, Kept> {
  return defineTopic<string, Payload, Kept>({
    name: `test.${randomUUID()}.v1`,
    summary: 'For a test.',
    direction: 'internal',
    key: { describe: '`key`, else none', of: (data) => data.key ?? null },
    schema: payload,
    partitions: settings.partitions ?? 1,
    retention: settings.retention ?? ('1d' as Kept),
    deadLetter: true,
    ...(settings.perCell && { perCell: true }),
  });
}
