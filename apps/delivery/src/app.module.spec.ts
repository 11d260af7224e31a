// What the service reads, and what waits for what.
import 'reflect-metadata';
import { MODULE_METADATA } from '@nestjs/common/constants.js';
import { PATTERN_EXTRAS_METADATA } from '@nestjs/microservices/constants.js';
import { expect, test } from '@jest/globals';
import type { ConsumeOptions } from '@carillon/messaging-nest';
import type { Topic } from '@carillon/domain';
import { AppModule } from './app.module.ts';

type Handler = { prototype: { handOverToKafka?: object } };

test('no topic waits for the records of another: each has a consumer group of its own', () => {
  const controllers = Reflect.getMetadata(MODULE_METADATA.CONTROLLERS, AppModule) as Handler[];
  const groups = controllers.flatMap(({ prototype: { handOverToKafka } }) => {
    if (!handOverToKafka) return [];
    const { topic, group } = Reflect.getMetadata(PATTERN_EXTRAS_METADATA, handOverToKafka) as ConsumeOptions & {
      topic: Topic;
    };
    return [[topic.name, group ?? 'main']];
  });
  expect(Object.fromEntries(groups)).toEqual({
    'carillon.notification.resolved.v1': 'main',
    'carillon.notification.retracted.v1': 'deferred',
    'carillon.installation.changed.v1': 'state',
  });
});
