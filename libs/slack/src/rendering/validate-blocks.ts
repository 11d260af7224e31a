// Checks blocks that a producer wrote against Slack's documented limits; each problem has the path of its field. Block
// types without documented limits are left to Slack. Guarantees: ids with our own prefix are refused in every field;
// for any input the result is a list of at most a hundred problems, in time in proportion to the size of the blocks.
import { inspectStructure, reservedPrefix } from './inspect-structure.ts';
import { limits } from './limits.ts';
import { charactersIn } from './text-objects.ts';
import { checkElement } from './validate-elements.ts';
import { type Fields, isFields, type Problems, Report, textIn } from './validation-report.ts';

export interface BlockProblem {
  path: string;
  message: string;
}

type Check = (block: Fields, report: Report) => void;

const anyOf = (): void => undefined;

const checks: Readonly<Record<string, Check>> = {
  section(block, report) {
    if (block['text'] === undefined && block['fields'] === undefined)
      report.problem('text', 'a section needs text or fields');
    if (block['text'] !== undefined) report.text(block, 'text', limits.sectionText);
    report.items(block, 'fields', limits.fieldsPerSection, false, (field, at) => textIn(field, at, limits.fieldText));
    if (block['accessory'] !== undefined) checkElement(block['accessory'], report.at('accessory'));
  },
  header(block, report) {
    report.text(block, 'text', limits.headerText, 'plain_text');
  },
  divider: anyOf,
  image(block, report) {
    if (block['slack_file'] === undefined) report.string(block, 'image_url', limits.url);
    report.string(block, 'alt_text', limits.altText);
    if (block['title'] !== undefined) report.text(block, 'title', limits.imageTitle, 'plain_text');
  },
  actions(block, report) {
    const ids = new Set<unknown>();
    report.items(block, 'elements', limits.actionElements, true, (element, at) => {
      checkElement(element, at);
      const id = isFields(element) ? element['action_id'] : undefined;
      if (id !== undefined && ids.has(id)) at.problem('action_id', 'is used twice in this block');
      ids.add(id);
    });
  },
  context(block, report) {
    report.items(block, 'elements', limits.contextElements, true, (element, at) => {
      if (isFields(element) && element['type'] === 'image') checkElement(element, at);
      else textIn(element, at, limits.sectionText);
    });
  },
  input(block, report) {
    report.text(block, 'label', 2000, 'plain_text');
    if (block['hint'] !== undefined) report.text(block, 'hint', 2000, 'plain_text');
    checkElement(block['element'], report.at('element'));
  },
  markdown(block, report) {
    report.string(block, 'text', limits.markdownText);
  },
  rich_text(block, report) {
    report.items(block, 'elements', limits.richTextElements, true, (element, at) => {
      if (!isFields(element) || typeof element['type'] !== 'string') at.problem('', 'is not an element of rich text');
    });
  },
  table(block, report) {
    report.items(block, 'rows', limits.tableRows, true, (row, at) => {
      if (!Array.isArray(row)) at.problem('', 'must be a list of cells');
      else if (row.length > limits.tableColumns) at.problem('', `has more than ${limits.tableColumns} cells`);
    });
  },
  video(block, report) {
    for (const name of ['video_url', 'thumbnail_url'] as const) report.string(block, name, limits.url);
    report.string(block, 'alt_text', limits.altText);
    report.text(block, 'title', 199, 'plain_text');
  },
  ...Object.fromEntries(
    ['alert', 'card', 'carousel', 'container', 'context_actions', 'data_table', 'file', 'plan', 'task_card'].map(
      (type) => [type, anyOf],
    ),
  ),
};

export interface ValidateOptions {
  /** The blocks are our own, and may have our ids. */
  ours?: boolean;
  /** They are posted together with files: `files.completeUploadExternal` takes fewer kinds of blocks. */
  withFiles?: boolean;
}

const besideFiles = new Set<unknown>(['section', 'actions', 'divider']);

/** What Slack refuses by its documentation, and ids that are reserved for us. Empty: the blocks are valid. */
export function validateBlocks(
  blocks: unknown,
  { ours = false, withFiles = false }: ValidateOptions = {},
): BlockProblem[] {
  const problems: Problems = [];
  const report = new Report(problems, 'blocks');
  if (!Array.isArray(blocks)) {
    report.problem('', 'must be a list of blocks');
    return problems;
  }
  if (blocks.length === 0) report.problem('', 'must hold at least one block');
  if (blocks.length > limits.blocks) report.problem('', `holds ${blocks.length} blocks, ${limits.blocks} are allowed`);
  const { tooDeep, reserved } = inspectStructure(blocks);
  if (tooDeep) {
    report.problem('', 'are nested too deeply');
    return problems;
  }
  if (!ours)
    for (const path of reserved)
      report.problem(path, `must not begin with ${reservedPrefix}, which is kept for our own`);
  const characters = charactersIn(blocks);
  if (characters > limits.allTextSeen)
    report.problem('', `hold ${characters} characters of text, ${limits.allTextSeen} are allowed`);
  const ids = new Set<unknown>();
  blocks.slice(0, limits.blocks).forEach((block: unknown, index) => {
    const at = report.at(String(index));
    if (!isFields(block)) return at.problem('', 'must be an object');
    const id = block['block_id'];
    if (id !== undefined) {
      at.string(block, 'block_id', limits.blockId);
      if (ids.has(id)) at.problem('block_id', 'is used twice');
      ids.add(id);
    }
    const type = block['type'];
    const check = typeof type === 'string' && Object.hasOwn(checks, type) ? checks[type] : undefined;
    if (check && withFiles && !besideFiles.has(type))
      at.problem('type', `is ${String(type)}; beside files Slack takes section, actions and divider alone`);
    else if (check) check(block, at);
    else at.problem('type', typeof type === 'string' ? `"${type.slice(0, 50)}" is no kind of block` : 'is missing');
  });
  return problems;
}
