// The broker settings of the declared topics and of their dead-letter topics.
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

export function settingsOf(topics: readonly Topic[], maxPartitions = Infinity): TopicSettings[] {
  return topics.flatMap((topic) => {
    const partitions = Math.min(topic.partitions, maxPartitions);
    const own = { name: topic.name, partitions, configs: retentionConfigs(topic.retention) };
    if (!topic.deadLetter) return [own];
    // One partition: dead letters are few, and operators read them in order. The original and the reason must fit.
    const configs = {
      ...retentionConfigs(deadLetterRetention),
      'max.message.bytes': String(brokerMaxMessageBytes + deadLetterAllowance),
    };
    return [own, { name: deadLetterNameOf(topic), partitions: 1, configs }];
  });
}

function retentionConfigs(retention: Retention): Record<string, string> {
  if (retention !== 'compacted') return { 'cleanup.policy': 'delete', 'retention.ms': milliseconds(retention) };
  return {
    'cleanup.policy': 'compact',
    'delete.retention.ms': milliseconds(tombstoneRetention),
    // The broker's clock. A state's version is compared with its record's time, so no producer may choose that time.
    'message.timestamp.type': 'LogAppendTime',
  };
}

const milliseconds = (days: `${number}d`): string => String(Number.parseInt(days) * 86_400_000);
