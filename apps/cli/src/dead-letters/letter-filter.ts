// Which letters a command is about, from its flags.
import type { DeadLetterFilter } from '@carillon/messaging';
import { knownTopic } from './place.ts';

export interface FilterFlags {
  topic?: string;
  reason?: string;
  all?: boolean;
}

export const filterOf = ({ topic, reason, all }: FilterFlags): DeadLetterFilter => ({
  ...(topic === undefined ? {} : { topic: knownTopic(topic, '--topic ') }),
  ...(reason === undefined ? {} : { reason }),
  ...(all ? { retried: true } : {}),
});
