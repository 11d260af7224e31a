// The elements inside blocks: buttons, menus, inputs, images, and their confirmations and options.
import { limits } from './limits.ts';
import { type Fields, isFields, type Report } from './validation-report.ts';

type Check = (element: Fields, report: Report) => void;

const menu: Check = (element, report) => {
  if (element['placeholder'] !== undefined) report.text(element, 'placeholder', limits.placeholder, 'plain_text');
};

const ownMenu: Check = (element, report) => {
  menu(element, report);
  if (element['options'] === undefined && element['option_groups'] === undefined)
    report.problem('options', 'is missing');
  options(element, report, limits.options);
  report.items(element, 'option_groups', limits.optionGroups, false, (group, at) => {
    if (!isFields(group)) return at.problem('', 'must be an object');
    at.text(group, 'label', limits.optionText, 'plain_text');
    options(group, at, limits.options);
  });
};

const choice: Check = (element, report) => {
  if (element['options'] === undefined) report.problem('options', 'is missing');
  options(element, report, limits.choiceOptions);
};

const checks: Readonly<Record<string, Check>> = {
  button(element, report) {
    report.text(element, 'text', limits.buttonText, 'plain_text');
    if (element['value'] !== undefined) report.string(element, 'value', limits.buttonValue);
    if (element['url'] !== undefined) report.string(element, 'url', limits.url);
    const style = element['style'];
    if (style !== undefined && style !== 'primary' && style !== 'danger')
      report.problem('style', 'must be primary or danger');
  },
  image(element, report) {
    if (element['slack_file'] === undefined) report.string(element, 'image_url', limits.url);
    report.string(element, 'alt_text', limits.altText);
  },
  overflow(element, report) {
    if (element['options'] === undefined) report.problem('options', 'is missing');
    options(element, report, limits.overflowOptions);
  },
  checkboxes: choice,
  radio_buttons: choice,
  static_select: ownMenu,
  multi_static_select: ownMenu,
  ...Object.fromEntries(
    ['external', 'users', 'conversations', 'channels'].flatMap((of) => [
      [`${of}_select`, menu],
      [`multi_${of}_select`, menu],
    ]),
  ),
  ...Object.fromEntries(
    [
      'datepicker',
      'timepicker',
      'datetimepicker',
      'plain_text_input',
      'rich_text_input',
      'number_input',
      'email_text_input',
      'url_text_input',
      'file_input',
      'workflow_button',
      'feedback_buttons',
      'icon_button',
    ].map((type) => [type, menu]),
  ),
};

export function checkElement(element: unknown, report: Report): void {
  if (!isFields(element)) return report.problem('', element === undefined ? 'is missing' : 'must be an object');
  const type = element['type'];
  const check = typeof type === 'string' && Object.hasOwn(checks, type) ? checks[type] : undefined;
  if (!check)
    return report.problem(
      'type',
      typeof type === 'string' ? `"${type.slice(0, 50)}" is no kind of element` : 'is missing',
    );
  if (element['action_id'] !== undefined) report.string(element, 'action_id', limits.actionId);
  if (element['confirm'] !== undefined) confirmation(element['confirm'], report.at('confirm'));
  check(element, report);
}

function confirmation(value: unknown, report: Report): void {
  if (!isFields(value)) return report.problem('', 'must be an object');
  report.text(value, 'title', limits.confirmTitle, 'plain_text');
  report.text(value, 'text', limits.confirmText);
  for (const name of ['confirm', 'deny']) {
    if (value[name] !== undefined) report.text(value, name, limits.confirmButton, 'plain_text');
  }
}

function options(fields: Fields, report: Report, most: number): void {
  report.items(fields, 'options', most, false, (option, at) => {
    if (!isFields(option)) return at.problem('', 'must be an object');
    at.text(option, 'text', limits.optionText);
    if (option['value'] !== undefined) at.string(option, 'value', limits.optionValue);
  });
}
