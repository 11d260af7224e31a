// What the broker should know of a topic, derived from its declaration: the topic itself and its dead letters.
import {
  deadLetterNameOf,
  deadLetterRetention,
  tombstoneRetention,
  type Retention,
  type Topic,
} from '@carillon/domain';
import { brokerMaxMessageBytes, deadLetterAllowance } from '../publishing/record-limits.ts';

export interface TopicSettings {
  name: string;
  partitions: number;
  /** Kafka's names and values. */
  configs: Record<string, string>;
}

export function settingsOf(topics: readonly Topic[]): TopicSettings[] {
  return topics.flatMap((topic) => {
    const own = { name: topic.name, partitions: topic.partitions, configs: keeping(topic.retention) };
    if (!topic.deadLetter) return [own];
    // One partition: dead letters are few, and a person reads them in order. Original plus reason must fit.
    const configs = {
      ...keeping(deadLetterRetention),
      'max.message.bytes': String(brokerMaxMessageBytes + deadLetterAllowance),
    };
    return [own, { name: deadLetterNameOf(topic), partitions: 1, configs }];
  });
}

function keeping(retention: Retention): Record<string, string> {
  if (retention !== 'compacted') return { 'cleanup.policy': 'delete', 'retention.ms': milliseconds(retention) };
  return {
    'cleanup.policy': 'compact',
    'delete.retention.ms': milliseconds(tombstoneRetention),
    // The broker's clock. A state's version is compared with its record's time, so no producer may choose that time.
    'message.timestamp.type': 'LogAppendTime',
  };
}

const milliseconds = (days: `${number}d`): string => String(Number.parseInt(days) * 86_400_000);
