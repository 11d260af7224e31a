/**
 * Slack's check of Block Kit: at most so many blocks, known types, and every text within its length. Problems are
 * worded and pointed at as Slack does: `must be less than 3001 characters [json-pointer:/blocks/0/text/text]`.
 */
import { Checker, type Json } from './checker.ts';
import { checkElement } from './check-element.ts';

export interface Checked {
  errors: string[];
  /** Characters over all texts. */
  characters: number;
}

/** Adds the block ids that are missing, as Slack does. */
export function checkBlocks(blocks: unknown[], most: number, pointer = '/blocks'): Checked {
  const check = new Checker();
  if (blocks.length > most) check.fail(`no more than ${most} items allowed`, pointer);
  else blocks.forEach((block, i) => checkBlock(check, block, `${pointer}/${i}`));
  return { errors: check.errors, characters: check.characters };
}

type BlockCheck = (check: Checker, block: Json, at: string) => void;

const checks: Record<string, BlockCheck> = {
  divider: () => {},
  section(check, block, at) {
    if (block.text === undefined && block.fields === undefined)
      return check.fail('must define either `text` or `fields`', `${at}/type`);
    if (block.text !== undefined) check.textObject(block.text, `${at}/text`, 3000);
    if (block.fields !== undefined && check.array(block.fields, `${at}/fields`, 10)) {
      block.fields.forEach((field, i) => check.textObject(field, `${at}/fields/${i}`, 2000));
    }
    if (block.accessory !== undefined) checkElement(check, block.accessory, `${at}/accessory`);
  },
  header(check, block, at) {
    if (check.required(block, 'text', at)) check.textObject(block.text, `${at}/text`, 150, 'plain_text');
  },
  image(check, block, at) {
    if (block.image_url === undefined && block.slack_file === undefined)
      check.fail('must define either `image_url` or `slack_file`', at);
    if (block.image_url !== undefined) check.string(block.image_url, `${at}/image_url`, 3000);
    if (check.required(block, 'alt_text', at)) check.string(block.alt_text, `${at}/alt_text`, 2000);
    if (block.title !== undefined) check.textObject(block.title, `${at}/title`, 2000, 'plain_text');
  },
  actions(check, block, at) {
    if (!check.required(block, 'elements', at) || !check.array(block.elements, `${at}/elements`, 25)) return;
    const seen = new Set<unknown>();
    block.elements.forEach((element, i) => {
      checkElement(check, element, `${at}/elements/${i}`);
      const id = (element as Json | null)?.action_id;
      if (typeof id === 'string' && seen.has(id))
        check.fail(`\`action_id\` "${id}" already exists`, `${at}/elements/${i}/action_id`);
      seen.add(id);
    });
  },
  context(check, block, at) {
    if (!check.required(block, 'elements', at) || !check.array(block.elements, `${at}/elements`, 10)) return;
    block.elements.forEach((element, i) => {
      if ((element as Json | null)?.type === 'image') checkElement(check, element, `${at}/elements/${i}`);
      else check.textObject(element, `${at}/elements/${i}`, 3000);
    });
  },
  input(check, block, at) {
    if (check.required(block, 'label', at)) check.textObject(block.label, `${at}/label`, 2000, 'plain_text');
    if (block.hint !== undefined) check.textObject(block.hint, `${at}/hint`, 2000, 'plain_text');
    if (check.required(block, 'element', at)) checkElement(check, block.element, `${at}/element`);
  },
  markdown(check, block, at) {
    if (check.required(block, 'text', at)) check.string(block.text, `${at}/text`, 12_000, true);
  },
  rich_text(check, block, at) {
    if (check.required(block, 'elements', at)) check.count(block.elements);
  },
  table(check, block, at) {
    if (check.required(block, 'rows', at) && check.array(block.rows, `${at}/rows`, 100)) check.count(block.rows);
  },
  video(check, block, at) {
    for (const name of ['alt_text', 'title', 'thumbnail_url', 'video_url']) check.required(block, name, at);
  },
  file(check, block, at) {
    check.required(block, 'external_id', at);
  },
  context_actions(check, block, at) {
    if (check.required(block, 'elements', at)) check.array(block.elements, `${at}/elements`, 5);
  },
};

let lastBlockId = 0;

function checkBlock(check: Checker, block: unknown, at: string): void {
  if (typeof block !== 'object' || block === null || Array.isArray(block)) return check.fail('must be an object', at);
  const b = block as Json;
  if (b.type === undefined) return check.fail('missing required field: type', at);
  const checkType = typeof b.type === 'string' && Object.hasOwn(checks, b.type) ? checks[b.type] : undefined;
  if (checkType === undefined)
    return check.fail(`unsupported type: ${JSON.stringify(b.type)}`.replaceAll('"', ''), `${at}/type`);
  if (b.block_id === undefined || b.block_id === '') b.block_id = `b${(++lastBlockId).toString(36)}`;
  else if (check.string(b.block_id, `${at}/block_id`, 255)) check.unique(b.block_id as string, at);
  checkType(check, b, at);
}
