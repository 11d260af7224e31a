// docs/asyncapi.json, derived from the declared topics: an AsyncAPI 3 document for code generators. All topics are
// channels; operations are those that a product takes part in, as AsyncAPI words them: from the side of Carillon, so a
// product sends what Carillon receives.
import { tombstoneRetention, type Direction, type Topic } from '@carillon/domain';
import { z } from 'zod';

const actions: Record<Direction, 'receive' | 'send' | undefined> = {
  from_product: 'receive',
  to_product: 'send',
  internal: undefined,
};

export function asyncApiDocument(topics: readonly Topic[]): Record<string, unknown> {
  const entries = topics.map((topic) => ({ topic, id: idOf(topic) }));
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Carillon',
      version: '1',
      description:
        'Products send what Carillon receives, and receive what Carillon sends. Channels without an operation are internal. CloudEvents 1.0 over Kafka, binary or structured mode.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(
      entries.map(({ topic, id }) => [
        id,
        {
          address: topic.name,
          summary: topic.summary,
          tags: [{ name: topic.direction }],
          messages: { [id]: { $ref: `#/components/messages/${id}` } },
          bindings: {
            kafka: {
              bindingVersion: '0.5.0',
              partitions: topic.partitions,
              topicConfiguration: configurationOf(topic),
            },
          },
        },
      ]),
    ),
    operations: Object.fromEntries(
      entries.flatMap(({ topic, id }) => {
        const action = actions[topic.direction];
        return action ? [[id, { action, summary: topic.summary, channel: { $ref: `#/channels/${id}` } }]] : [];
      }),
    ),
    components: {
      messages: Object.fromEntries(
        entries.map(({ topic, id }) => [
          id,
          {
            name: topic.name,
            contentType: 'application/json',
            headers: headersOf(topic),
            payload: payloadOf(topic),
            bindings: {
              kafka: { bindingVersion: '0.5.0', key: { type: ['string', 'null'], description: topic.key.describe } },
            },
          },
        ]),
      ),
    },
  };
}

/** `carillon.notification.requested.v1` → `notificationRequested`. */
const idOf = ({ name }: Topic): string =>
  name
    .split('.')
    .filter((part, at) => !(at === 0 && part === 'carillon') && part !== 'v1')
    .map((part, at) => (at === 0 ? part : part.charAt(0).toUpperCase() + part.slice(1)))
    .join('');

function configurationOf({ retention }: Topic): Record<string, unknown> {
  if (retention === 'compacted')
    return { 'cleanup.policy': ['compact'], 'delete.retention.ms': Number.parseInt(tombstoneRetention) * 86_400_000 };
  return { 'cleanup.policy': ['delete'], 'retention.ms': Number.parseInt(retention) * 86_400_000 };
}

function headersOf(topic: Topic): Record<string, unknown> {
  const text = { type: 'string' };
  return {
    type: 'object',
    required: ['ce_specversion', 'ce_id', 'ce_source', 'ce_type'],
    properties: {
      ce_specversion: { const: '1.0' },
      ce_id: text,
      ce_source: text,
      ce_type: { const: topic.name },
      ce_time: { type: 'string', format: 'date-time' },
      ce_subject: text,
      traceparent: text,
      tracestate: text,
    },
  };
}

/** What producers may write: the input side of the schema. */
function payloadOf(topic: Topic): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(topic.schema, { io: 'input', unrepresentable: 'any' });
  return topic.retention === 'compacted' ? { oneOf: [schema, { type: 'null', description: 'a tombstone' }] } : schema;
}
