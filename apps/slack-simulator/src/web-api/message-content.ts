/** The content of a message: text, blocks, attachments and metadata, checked against Slack's limits. */
import { checkBlocks } from '../blocks/check-blocks.ts';
import type { Message } from '../world/message.ts';
import { type Arguments, malformed, structured, text } from './arguments.ts';
import { type Answer, refuse } from './call.ts';

export const longestText = 40_000;
const longestMarkdown = 12_000;
/**
 * The characters of all blocks, and so many for each block itself. Not documented; it agrees with what was seen: 13,297
 * in one markdown block are taken, and 125 fewer with a divider; 9,597 in 50 blocks are taken, 11,341 in 45 refused.
 */
const longestBlocks = 13_372;
const charactersOfBlock = 75;
const charactersOfDivider = 125;
/** Not documented; probably higher than Slack's. */
const largestMetadata = 16_384;

export interface Content {
  text: string | undefined;
  blocks: unknown[] | undefined;
  attachments: unknown[] | undefined;
  metadata: Message['metadata'] | 'none' | undefined;
}

export function readContent(args: Arguments): Content | { refusal: Answer } {
  let body = text(args, 'text');
  const markdown = text(args, 'markdown_text');
  let blocks: unknown[] | undefined;
  if (args.blocks !== undefined && args.blocks !== '') {
    const value = structured(args, 'blocks');
    if (value !== undefined) {
      if (!Array.isArray(value)) return { refusal: refuse('invalid_blocks_format') };
      const checked = checkBlocks(value, 50);
      if (checked.errors.length > 0) return { refusal: invalidBlocks(checked.errors) };
      if (checked.characters + containers(value) > longestBlocks) return { refusal: refuse('msg_blocks_too_long') };
      blocks = value;
    }
  }
  if (markdown !== undefined) {
    if (body !== undefined || (blocks !== undefined && blocks.length > 0))
      return { refusal: refuse('markdown_text_conflict') };
    if (markdown.length > longestMarkdown) return { refusal: refuse('msg_too_long') };
    body = markdown;
    blocks = [{ type: 'markdown', text: markdown }];
  }
  const attachments = readAttachments(args);
  if (attachments !== undefined && 'refusal' in attachments) return attachments;
  const metadata = readMetadata(args);
  if (metadata !== undefined && metadata !== 'none' && 'refusal' in metadata) return metadata;
  return { text: body, blocks, attachments, metadata };
}

const containers = (blocks: readonly unknown[]): number =>
  blocks.reduce<number>(
    (sum, block) => sum + ((block as { type?: unknown }).type === 'divider' ? charactersOfDivider : charactersOfBlock),
    0,
  );

export function invalidBlocks(errors: readonly string[]): Answer {
  return refuse('invalid_blocks', { errors, response_metadata: { messages: errors.map((e) => `[ERROR] ${e}`) } });
}

function readAttachments(args: Arguments): unknown[] | { refusal: Answer } | undefined {
  if (args.attachments === undefined) return undefined;
  const value = structured(args, 'attachments');
  if (value === undefined || typeof value === 'boolean') return undefined;
  if (!Array.isArray(value)) return { refusal: refuse('invalid_attachments') };
  return value.length > 100 ? { refusal: refuse('too_many_attachments') } : value;
}

function readMetadata(args: Arguments): Message['metadata'] | 'none' | { refusal: Answer } {
  if (args.metadata === undefined) return undefined;
  const value = structured(args, 'metadata');
  if (value === undefined) return undefined;
  if (value === malformed || typeof value !== 'object' || value === null)
    return { refusal: refuse('invalid_metadata_format') };
  if (Object.keys(value).length === 0) return 'none';
  const { event_type, event_payload } = value as { event_type?: unknown; event_payload?: unknown };
  if (
    typeof event_type !== 'string' ||
    event_type === '' ||
    typeof event_payload !== 'object' ||
    event_payload === null ||
    Array.isArray(event_payload)
  ) {
    return { refusal: refuse('invalid_metadata_format') };
  }
  if (JSON.stringify(event_payload).length > largestMetadata) return { refusal: refuse('metadata_too_large') };
  return { event_type, event_payload };
}
