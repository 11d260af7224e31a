// docs/topics.md, derived from the declared topics: for whoever writes or reads records without our code.
import {
  deadLetterNameOf,
  deadLetterRetention,
  tombstoneRetention,
  type Direction,
  type Topic,
} from '@carillon/domain';

export function topicsMarkdown(topics: readonly Topic[]): string {
  const rows = topics.map((topic) => {
    const kept = topic.retention === 'compacted' ? 'compacted' : days(topic.retention);
    const deadLetters = topic.deadLetter ? `\`${deadLetterNameOf(topic)}\`` : 'none';
    const cells = [
      `\`${topic.name}\``,
      topic.perCell ? `${topic.summary} One per cell.` : topic.summary,
      directions[topic.direction],
      topic.key.describe,
      topic.partitions,
      kept,
      deadLetters,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return `# Topics

Derived from \`libs/domain/src/topics.ts\`; a test compares. Payloads: [asyncapi.json](asyncapi.json).

| topic | what | direction | key | partitions | kept | dead letters |
|---|---|---|---|---|---|---|
${rows.join('\n')}

${paragraphs.join('\n\n')}
`;
}

const directions: Record<Direction, string> = {
  from_product: 'product → Carillon',
  to_product: 'Carillon → product',
  internal: 'internal',
};

const days = (retention: string): string => `${Number.parseInt(retention)} days`;

const paragraphs = [
  [
    'Products write the topics `product → Carillon` and read those `Carillon → product`. Internal topics connect services of Carillon and may',
    'change without notice. In the column `key`, `ce_id` is the CloudEvents id, and `notificationId` is `uuidv5(tenantId \\n source \\n id)` in',
    'the namespace of `libs/domain/src/ids.ts`.',
  ],
  [
    'A topic of which each cell has one has this name in cell `0`, and `.cell-<id>` behind it in any other. Products write those of cell `0`.',
  ],
  [
    "Records are CloudEvents 1.0 in Kafka's binary mode: headers `ce_specversion` (`1.0`), `ce_id`, `ce_source`, `ce_type` (the topic's name),",
    '`ce_time`, `ce_subject`, `content-type: application/json`; the value is the payload as JSON. Structured mode',
    '(`content-type: application/cloudevents+json`) is read too. `traceparent` and `tracestate` are plain headers. `ce_id` has at most 200',
    'characters and `ce_source` at most 500, without control characters; no text of a payload holds NUL or half of a surrogate pair.',
  ],
  [
    'On compacted topics a record without a value is a tombstone: it deletes the key. Its `version` header orders it among the',
    `key's states. Tombstones are kept ${days(tombstoneRetention)}; a replica that was stopped for longer compares itself with the whole topic.`,
    'The time of a record on these topics is the one at which the broker stored it, and a `version` may be at most 24 hours ahead of',
    'that time in milliseconds since 1970 (a counter always is far below). Partition counts of compacted topics never change.',
  ],
  [
    `A record that can't be handled goes to the dead-letter topic (kept ${days(deadLetterRetention)}, one partition) with key, value and headers`,
    'unchanged (where they fit; else `dlq_truncated` names what is missing) and `dlq_reason`, `dlq_detail`, `dlq_topic`, `dlq_partition`, `dlq_offset` and `dlq_at` added. `npx carillon dead-letters`',
    'lists them, shows one and sends it again.',
  ],
].map((lines) => lines.join(' '));
