// Which of a template's locales a person reads.
import type { FieldError } from '@carillon/domain';
import type { Template, Words } from '@carillon/domain';

export interface Locales {
  /** The default one first. */
  all: readonly string[];
  default: string;
}

/** The language in which numbers and dates are written where a template names none. */
const unnamedLocale = 'en';

export function localesOf(template: Template): Locales | { errors: FieldError[] } {
  const named = new Set<string>();
  for (const [, words] of wordsOf(template))
    if (typeof words !== 'string') for (const tag of Object.keys(words)) named.add(tag);
  const { defaultLocale } = template;
  if (defaultLocale === undefined && named.size > 1)
    return { errors: [{ path: 'template.defaultLocale', message: `is required, one of ${[...named].join(', ')}` }] };
  const byDefault = defaultLocale ?? [...named][0] ?? unnamedLocale;
  const errors = wordsOf(template)
    .filter(([, words]) => typeof words !== 'string' && !Object.hasOwn(words, byDefault))
    .map(([path]) => ({ path: `${path}.${byDefault}`, message: 'is missing: it is the default locale' }));
  if (errors.length > 0) return { errors };
  named.delete(byDefault);
  return { all: [byDefault, ...named], default: byDefault };
}

/** All texts that can have locales, with their paths. */
function wordsOf({ title, body, facts = [], actions = [], link }: Template): [path: string, Words][] {
  const list: [string, Words | undefined][] = [
    ['template.title', title],
    ['template.body', body],
    ...facts.flatMap(({ label, value }, at): [string, Words][] => [
      [`template.facts[${at}].label`, label],
      [`template.facts[${at}].value`, value],
    ]),
    ...actions.map(({ label }, at): [string, Words] => [`template.actions[${at}].label`, label]),
    ['template.link.label', link?.label],
  ];
  return list.filter((each): each is [string, Words] => each[1] !== undefined);
}

/** The locale itself, else the language it is of (`de-AT`, `de`), else the default one. */
export function chooseLocale(wanted: string | undefined, { all, default: byDefault }: Locales): string {
  for (let tag = canonical(wanted); tag !== ''; tag = tag.slice(0, Math.max(0, tag.lastIndexOf('-'))))
    if (all.includes(tag)) return tag;
  return byDefault;
}

function canonical(tag = ''): string {
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? '';
  } catch {
    return '';
  }
}
