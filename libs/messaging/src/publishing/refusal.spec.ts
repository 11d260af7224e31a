import { describe, expect, test } from '@jest/globals';
import { refusalOf } from './refusal.ts';

const kafkaError = (type: string) =>
  Object.assign(new Error(type), { name: 'KafkaJSNonRetriableError', cause: Object.assign(new Error(type), { type }) });

describe('what Kafka refuses', () => {
  test('size and shape are about the record, permission is about the topic, anything else is waited out', () => {
    expect(refusalOf(kafkaError('MESSAGE_TOO_LARGE'))).toEqual({ type: 'MESSAGE_TOO_LARGE', about: 'record' });
    expect(refusalOf(kafkaError('TOPIC_AUTHORIZATION_FAILED'))).toEqual({
      type: 'TOPIC_AUTHORIZATION_FAILED',
      about: 'topic',
    });
    expect(refusalOf(kafkaError('NOT_LEADER_FOR_PARTITION'))).toBeUndefined();
    expect(refusalOf(new TypeError('x'))).toBeUndefined();
  });
});
