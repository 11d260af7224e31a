// This service on topics that nobody else on the broker uses: the same handlers, controllers and providers as in
// app.module.ts, tied to renamed topics. Specs may then run side by side and beside a playground.
import { randomBytes } from 'node:crypto';
import {
  channelChanged,
  destinationChanged,
  installationChanged,
  notificationOutcome,
  notificationRequested,
  notificationResolved,
  recipientChanged,
  type Topic,
} from '@carillon/domain';
import { BatchConsumer, Publisher, type KafkaConfig, type Received } from '@carillon/messaging';
import { consume } from '@carillon/messaging-nest';
import { Module, type Provider, type Type } from '@nestjs/common';
import { MODULE_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { AppModule } from '../app.module.ts';
import { ResolveDeferred } from '../quota/resolve-deferred.ts';
import { ApplyChannels } from '../replicas/apply-channels.ts';
import { ApplyDestinations } from '../replicas/apply-destinations.ts';
import { ApplyInstallations } from '../replicas/apply-installations.ts';
import { ApplyRecipients } from '../replicas/apply-recipients.ts';
import { preferencesSweep } from '../replicas/preferences-sweep.ts';
import { ResolveRequested } from '../resolution/resolve-requested.ts';

export function privateTopics() {
  const run = randomBytes(6).toString('hex');
  const named = (name: string): string => `test.${run}.${name}`;
  const own = <T extends Topic>(topic: T, partitions = 3): T => ({
    ...topic,
    name: named(topic.name),
    partitions,
  });
  const topics = {
    requested: own(notificationRequested),
    resolved: own(notificationResolved),
    outcome: own(notificationOutcome),
    installations: own(installationChanged),
    recipients: own(recipientChanged),
    destinations: own(destinationChanged),
    channels: own(channelChanged),
  };
  const renamed = new Map<string, Topic>(
    Object.values(topics).map((topic) => [topic.name.slice(`test.${run}.`.length), topic]),
  );

  class OwnInstallations extends ApplyInstallations {}
  class OwnRecipients extends ApplyRecipients {}
  class OwnDestinations extends ApplyDestinations {}
  class OwnChannels extends ApplyChannels {}
  class OwnRequests extends ResolveRequested {}
  class OwnDeferred extends ResolveDeferred {}
  @Module({
    controllers: [
      consume(topics.installations, OwnInstallations, { group: 'state' }),
      consume(topics.recipients, OwnRecipients, { group: 'state' }),
      consume(topics.destinations, OwnDestinations, { group: 'state' }),
      consume(topics.channels, OwnChannels, { group: 'state' }),
      consume(topics.requested, OwnRequests, { after: 'state' }),
      consume(topics.requested, OwnDeferred, { group: 'deferred', after: 'state' }),
      ...declared<Type>(MODULE_METADATA.CONTROLLERS).filter(hasRoutes),
    ],
    // The last one of a token counts.
    providers: [...declared<Provider>(MODULE_METADATA.PROVIDERS), preferencesSweep(topics)],
  })
  class OwnModule {}

  return { run, topics, module: OwnModule, publisher: (real: Publisher) => redirected(real, renamed) };
}

const declared = <T>(key: string): T[] => Reflect.getMetadata(key, AppModule) as T[];

/** A consumer is a controller without a path (consume.ts). */
const hasRoutes = (controller: Type): boolean => Reflect.getMetadata(PATH_METADATA, controller) !== '/';

/** Publishes to the renamed topics what the service publishes to the declared ones. */
function redirected(real: Publisher, renamed: Map<string, Topic>): Publisher {
  return new Proxy(real, {
    get(target, name) {
      if (name === 'publish') {
        const publish: Publisher['publish'] = (topic, events, options) =>
          target.publish((renamed.get(topic.name) ?? topic) as typeof topic, events, options);
        return publish;
      }
      if (name === 'publishRecords') {
        const publishRecords: Publisher['publishRecords'] = (records, options) =>
          target.publishRecords(
            records.map((record) => ({ ...record, topic: renamed.get(record.topic)?.name ?? record.topic })),
            options,
          );
        return publishRecords;
      }
      if (name === 'partitionsOf') {
        const partitionsOf: Publisher['partitionsOf'] = (topic) =>
          target.partitionsOf(renamed.get(topic.name) ?? topic);
        return partitionsOf;
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
    },
  });
}

/** Everything that comes to a topic, as it comes. */
export class Seen<T extends Topic> {
  readonly records: Received<T>[] = [];
  private readonly consumer: BatchConsumer;

  constructor(kafka: KafkaConfig, topic: T, run: string, publisher: Publisher) {
    const handler = {
      handle: ({ records }: { records: Received<T>[] }): Promise<void> => {
        this.records.push(...records);
        return Promise.resolve();
      },
    };
    this.consumer = new BatchConsumer(kafka, {
      group: `test.${run}.seen.${topic.name}`,
      subscriptions: [{ topic, handler: handler, fromBeginning: true }],
      publisher,
      onDead: (error) => {
        throw error;
      },
    });
  }

  start(): Promise<void> {
    return this.consumer.start();
  }

  stop(): Promise<void> {
    return this.consumer.stop();
  }
}

export async function until<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const end = Date.now() + 20_000;
  for (;;) {
    const found = await condition();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
