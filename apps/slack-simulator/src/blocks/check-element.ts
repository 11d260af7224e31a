/** Interactive elements, images and the composition objects inside them. */
import type { Checker, Json } from './checker.ts';

const selects = new Set([
  'static_select',
  'multi_static_select',
  'external_select',
  'multi_external_select',
  'users_select',
  'multi_users_select',
  'conversations_select',
  'multi_conversations_select',
  'channels_select',
  'multi_channels_select',
]);
const withOptions = new Set(['static_select', 'multi_static_select', 'overflow', 'checkboxes', 'radio_buttons']);
const known = new Set([
  ...selects,
  ...withOptions,
  'button',
  'image',
  'datepicker',
  'timepicker',
  'datetimepicker',
  'plain_text_input',
  'email_text_input',
  'url_text_input',
  'number_input',
  'rich_text_input',
  'file_input',
  'workflow_button',
  'feedback_buttons',
  'icon_button',
]);
const mostOptions: Record<string, number> = { overflow: 5, checkboxes: 10, radio_buttons: 10 };

let lastActionId = 0;

export function checkElement(check: Checker, element: unknown, at: string): void {
  if (typeof element !== 'object' || element === null || Array.isArray(element))
    return check.fail('must be an object', at);
  const e = element as Json;
  if (typeof e.type !== 'string' || !known.has(e.type))
    return check.fail(`unsupported type: ${String(e.type)}`, `${at}/type`);
  if (e.type === 'image') return checkImage(check, e, at);
  if (e.action_id === undefined) e.action_id = `a${(++lastActionId).toString(36)}`;
  else check.string(e.action_id, `${at}/action_id`, 255);
  if (e.type === 'button') checkButton(check, e, at);
  if (e.placeholder !== undefined) check.textObject(e.placeholder, `${at}/placeholder`, 150, 'plain_text');
  if (withOptions.has(e.type)) checkOptions(check, e, at, mostOptions[e.type] ?? 100);
  if (e.confirm !== undefined) checkConfirm(check, e.confirm, `${at}/confirm`);
}

function checkImage(check: Checker, e: Json, at: string): void {
  if (e.slack_file === undefined && check.required(e, 'image_url', at))
    check.string(e.image_url, `${at}/image_url`, 3000);
  if (check.required(e, 'alt_text', at)) check.string(e.alt_text, `${at}/alt_text`, 2000);
}

function checkButton(check: Checker, e: Json, at: string): void {
  if (check.required(e, 'text', at)) check.textObject(e.text, `${at}/text`, 75, 'plain_text');
  if (e.value !== undefined) check.string(e.value, `${at}/value`, 2000);
  if (e.url !== undefined) check.string(e.url, `${at}/url`, 3000);
  if (e.style !== undefined && e.style !== 'primary' && e.style !== 'danger')
    check.fail('must be one of `primary`, `danger`', `${at}/style`);
}

function checkOptions(check: Checker, e: Json, at: string, most: number): void {
  if (e.option_groups !== undefined) {
    if (check.array(e.option_groups, `${at}/option_groups`, 100)) {
      e.option_groups.forEach((group, i) => {
        const options = (group as Json | null)?.options;
        if (check.array(options, `${at}/option_groups/${i}/options`, most))
          options.forEach((o, j) => checkOption(check, o, `${at}/option_groups/${i}/options/${j}`));
      });
    }
  } else if (check.required(e, 'options', at) && check.array(e.options, `${at}/options`, most)) {
    e.options.forEach((o, i) => checkOption(check, o, `${at}/options/${i}`));
  }
}

function checkOption(check: Checker, option: unknown, at: string): void {
  if (typeof option !== 'object' || option === null) return check.fail('must be an object', at);
  const o = option as Json;
  if (check.required(o, 'text', at)) check.textObject(o.text, `${at}/text`, 75);
  if (o.value !== undefined) check.string(o.value, `${at}/value`, 150);
}

function checkConfirm(check: Checker, confirm: unknown, at: string): void {
  if (typeof confirm !== 'object' || confirm === null) return check.fail('must be an object', at);
  const c = confirm as Json;
  if (c.title !== undefined) check.textObject(c.title, `${at}/title`, 100, 'plain_text');
  if (c.text !== undefined) check.textObject(c.text, `${at}/text`, 300);
  if (c.confirm !== undefined) check.textObject(c.confirm, `${at}/confirm`, 30, 'plain_text');
  if (c.deny !== undefined) check.textObject(c.deny, `${at}/deny`, 30, 'plain_text');
}
