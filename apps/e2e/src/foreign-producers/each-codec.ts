// Batches of two clients that are not ours, in every codec.
import { describe, test } from '@jest/globals';
import { codecs, produceWithKcat } from './clients.ts';
import { acme, expectLetters, produce, productTopic, stage, target, untilSeen } from './context.ts';
import { record, request, structured } from './valid-records.ts';

describe('each codec', () => {
  test.each(codecs.map((codec, at) => [codec, at] as const))(
    '%s: a batch of kcat and one of confluent-kafka are delivered in order',
    async (codec, at) => {
      const topic = productTopic.requested.name;
      const [kcatChannel, confluentChannel] = [2 + 2 * at, 3 + 2 * at];
      const titles = (word: string): string[] => [0, 1, 2, 3].map((n) => `${word}-${n}`);
      await produceWithKcat(stage.playground.kafka.brokers, {
        ...{ topic, partition: at, key: `kcat-${codec}`, codec },
        headers: { 'content-type': 'application/cloudevents+json' },
        values: titles('kcat').map((title) =>
          structured(topic, `${codec}-${title}`, request(target(kcatChannel), title, codec)),
        ),
      });
      const records = titles('confluent').flatMap((title) => [
        record(topic, `${codec}-${title}`, request(target(confluentChannel), title, codec), { partition: at }),
        { ...record(topic, `${codec}-${title}-bad`, {}, { partition: at }), value: Buffer.from('{') },
      ]);
      const placed = await produce(records, codec);
      await untilSeen(acme, kcatChannel, 'kcat', titles('kcat'));
      await untilSeen(acme, confluentChannel, 'confluent', titles('confluent'));
      const bad = placed.filter((_, n) => n % 2 === 1);
      await expectLetters(
        bad.map((one, n) => ({ kind: `bad ${n}`, topic, placed: one, reason: /^not_json$/, detail: /too early/ })),
      );
    },
  );
});
