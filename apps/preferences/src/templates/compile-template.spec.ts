import { describe, expect, it } from '@jest/globals';
import { fieldErrors } from '@carillon/domain';
import type { Variables } from '../conditions/condition.ts';
import { compileTemplate, type CompiledTemplate } from './compile-template.ts';
import { template as templateSchema } from '@carillon/domain';

const dataSchema = {
  type: 'object',
  properties: {
    owner: { type: 'object', properties: { name: { type: 'string' } } },
    items: { type: 'array', items: { type: 'string' } },
    score: { type: 'number' },
    due: { type: 'string' },
    link: { type: 'string' },
  },
  additionalProperties: false,
};

const event = (data: Record<string, unknown>): Variables => ({
  data,
  notification: { type: 'report', priority: 'normal', source: '/reports', id: 'e1' },
  tenant: { id: 'acme', name: 'Acme' },
});

const compile = (template: unknown) => {
  const { data, error } = templateSchema.safeParse(template);
  return data === undefined ? { errors: fieldErrors(error.issues, template) } : compileTemplate(data, dataSchema);
};

function compiled(template: unknown): CompiledTemplate {
  const result = compile(template);
  if ('errors' in result) throw new Error(JSON.stringify(result.errors));
  return result;
}

const faults = (result: object): string[] =>
  'errors' in result
    ? (result.errors as { path: string; message: string }[]).map(({ path, message }) => `${path}: ${message}`)
    : [];

const report = {
  with: {
    who: 'data.owner.name',
    n: 'size(data.items)',
    score: 'data.score',
    due: 'data.due',
    id: 'notification.id',
  },
  defaultLocale: 'en',
  title: {
    en: '{n, plural, one {# report} other {# reports}} for {who}',
    de: '{n, plural, one {# Bericht} other {# Berichte}} für {who}',
  },
  body: 'Due **{due, date, long}**',
  facts: [{ label: { en: 'Score', de: 'Wert' }, value: '{score, number}' }],
  actions: [
    {
      id: 'open',
      label: { en: 'Open', de: 'Öffnen' },
      url: 'https://app.example/r/{id}?q={who}',
      style: 'primary',
      value: '{id}',
    },
  ],
  link: { url: 'https://app.example/r/{id}' },
};
const ada = event({ owner: { name: 'Ada & Bo' }, items: ['a', 'b'], score: 1234.5, due: '2026-11-26' });

describe('the values of an event', () => {
  const heavy = 'data.items.all(x, data.items.exists(y, y == x + "!") || x != "") ? "yes" : "no"';
  const items = Array.from({ length: 100 }, (_, n) => `item ${n}`);
  const valuesOf = (count: number) => Array.from({ length: count }, (_, n) => `v${n}`);
  const template = (count: number) =>
    compiled({
      with: Object.fromEntries(valuesOf(count).map((name) => [name, heavy])),
      title: valuesOf(count)
        .map((name) => `{${name}}`)
        .join(' '),
    });

  it('take a bounded amount of work together, and the one that is too much is named', () => {
    expect(template(1).render(event({ items }))).toMatchObject({ content: { title: 'yes' } });
    expect(faults(template(20).render(event({ items })))).toEqual([
      expect.stringMatching(/^template\.with\.v\d+: the expressions together take too much work/),
    ]);
  });
});

describe('rendering', () => {
  it('writes every field in the language of the person', () => {
    const { render } = compiled(report);
    expect(render(ada, 'de')).toEqual({
      content: {
        title: '2 Berichte für Ada & Bo',
        body: 'Due **November 26\\, 2026**',
        facts: [{ label: 'Wert', value: '1,234.5' }],
        actions: [
          {
            id: 'open',
            label: 'Öffnen',
            url: 'https://app.example/r/e1?q=Ada%20%26%20Bo',
            style: 'primary',
            value: 'e1',
          },
        ],
        link: { url: 'https://app.example/r/e1' },
      },
    });
    expect(render(ada)).toMatchObject({ content: { title: '2 reports for Ada & Bo' } });
  });

  it('takes the locale, else its language, else the default one', () => {
    const { localeFor, locales } = compiled({
      defaultLocale: 'en',
      title: { de: 'a', en: 'b', 'de-CH': 'c', 'zh-Hant': 'd' },
    });
    expect(locales).toEqual(['en', 'de', 'de-CH', 'zh-Hant']);
    expect(['de-CH', 'de-AT', 'DE', 'zh-Hant-TW', 'fr', 'no tag', '', undefined].map((tag) => localeFor(tag))).toEqual([
      'de-CH',
      'de',
      'de',
      'zh-Hant',
      'en',
      'en',
      'en',
      'en',
    ]);
  });

  it('writes numbers and dates as the language does, in the time zone that is given', () => {
    const { render } = compiled({
      with: { at: 'data.due', n: 'data.score' },
      defaultLocale: 'en',
      title: {
        en: '{at, date, short} {at, time, short} {n, number, ::currency/EUR} {n, plural, =0 {} other {#}}',
        de: '{at, date, short} {at, time, short} {n, number, ::currency/EUR} {n, plural, =0 {} other {#}}',
      },
    });
    const late = event({ due: '2026-11-26T23:30:00Z', score: 1234.5 });
    const plain = (rendered: object) => JSON.stringify(rendered).replace(/[\u00a0\u202f]/g, ' ');
    expect(plain(render(late))).toContain('11/26/26 11:30 PM €1,234.50 1,234.5');
    expect(plain(render(late, 'de', 'Europe/Berlin'))).toContain('27.11.26 00:30 1.234,50 € 1.234,5');
  });

  it('writes a date without a time as the same day in every time zone', () => {
    const { render } = compiled({ with: { at: 'data.due' }, title: '{at, date, short}' });
    expect(render(ada, 'en', 'America/Los_Angeles')).toEqual({ content: { title: '11/26/26' } });
  });

  it('computes values once for an event, and only those that the language needs', () => {
    const { render } = compiled({
      with: { who: 'data.owner.name', absent: 'data.link' },
      defaultLocale: 'en',
      title: { en: '{who} {who}', de: '{who} {absent}' },
    });
    const once = event({ owner: { name: 'Ada' } });
    expect(render(once)).toEqual({ content: { title: 'Ada Ada' } });
    Object.assign(once.data, { owner: { name: 'Bo' } });
    expect(render(once)).toEqual({ content: { title: 'Ada Ada' } });
    expect(faults(render(once, 'de'))).toEqual(['template.with.absent: data.link is absent']);
  });

  it('escapes nothing in title, facts and labels, which are plain text', () => {
    const { render } = compiled({
      with: { who: 'data.owner.name' },
      title: '{who}',
      facts: [{ label: '{who}', value: '{who}' }],
      actions: [{ id: 'a', label: '{who}', value: '{who}' }],
    });
    const who = '*b* <!channel> \\ \ue000 {n}';
    expect(render(event({ owner: { name: who } }))).toEqual({
      content: { title: who, facts: [{ label: who, value: who }], actions: [{ id: 'a', label: who, value: who }] },
    });
  });

  it('gives an error that names the value or the field, for data that no text can show', () => {
    const failure = (data: Record<string, unknown>, fields: object) =>
      faults(
        compiled({
          with: { score: 'data.score', items: 'data.items', due: 'data.due', link: 'data.link' },
          title: 't',
          ...fields,
        }).render(event(data)),
      );
    expect(failure({}, { title: '{score}' })).toEqual(['template.with.score: data.score is absent']);
    expect(failure({ items: [] }, { title: '{items}' })).toEqual(['template.with.items: is a list, which is no text']);
    expect(failure({ due: 'tomorrow' }, { title: '{due, date}' })).toEqual([
      'template.with.due: must be an ISO 8601 date or time, or milliseconds since 1970',
    ]);
    expect(failure({ due: '5' }, { title: '{due, number}' })).toEqual([
      'template.with.due: is a string, and must be a number',
    ]);
    expect(failure({ due: 'x'.repeat(501) }, { title: '{due}' })).toEqual([
      'template.title: Too big: expected string to have <=500 characters',
    ]);
    expect(failure({ due: 'x'.repeat(39_000) }, { body: '{due}{due}{due}{due}' })).toEqual([
      'template.body: must not be longer than 40000 characters',
    ]);
    expect(failure({ link: 'javascript:alert(1)' }, { link: { url: '{link}' } })).toEqual([
      'template.link.url: must be a whole http or https URL',
    ]);
    expect(failure({ link: '..' }, { link: { url: 'https://a.example/r/{link}/x' } })).toEqual([
      'template.with.link: must not be "." or "..", which leads to another path',
    ]);
  });

  it('takes tags in words as they are', () => {
    expect(compiled({ title: "<b>a</b> '{b}'" }).render(ada)).toEqual({ content: { title: '<b>a</b> {b}' } });
  });

  it('takes a value that is a whole address', () => {
    const { render } = compiled({ with: { link: 'data.link' }, title: 't', link: { url: '{link}' } });
    expect(render(event({ link: 'https://b.example/x?y=1' }))).toEqual({
      content: { title: 't', link: { url: 'https://b.example/x?y=1' } },
    });
  });
});

describe('a template is refused', () => {
  it.each([
    [
      'wrong syntax',
      { title: { en: 'a', de: '{who' }, defaultLocale: 'en' },
      'template.title.de: is no ICU message: expect argument closing brace (line 1, character 1)',
    ],
    ['a value that it does not have', { title: '{whom}' }, 'template.title: {whom} is not a value of template.with'],
    ['an inherited name', { title: '{toString}' }, 'template.title: {toString} is not a value of template.with'],
    ['an expression with an error', { with: { who: 'data.owner.nam' }, title: 'a' }, /^template\.with\.who: .*nam/],
    [
      'no default among several locales',
      { title: { en: 'a', de: 'b' } },
      'template.defaultLocale: is required, one of en, de',
    ],
    [
      'a text without the default locale',
      { title: { en: 'a' }, body: { de: 'b' }, defaultLocale: 'en' },
      'template.body.en: is missing: it is the default locale',
    ],
    [
      'an unknown style',
      { with: { n: '1' }, title: '{n, number, big}' },
      /^template\.title: \{n, number, …\}: the style must be one of/,
    ],
    [
      'an unknown skeleton',
      { with: { n: '1' }, title: '{n, number, ::big}' },
      'template.title: {n, number, …}: unknown skeleton',
    ],
    [
      'a wrong currency',
      { with: { n: '1' }, title: '{n, number, ::currency/E}' },
      /^template\.title: \{n, number, …\}: .*currency/i,
    ],
    [
      'deep nesting',
      { with: { a: '"x"' }, title: '{a,select,other{'.repeat(9) + '}}'.repeat(9) },
      'template.title: must not be nested deeper than 8 levels',
    ],
    [
      'nesting deeper than the stack',
      { with: { a: '"x"' }, title: 'x', body: '{a,select,other{'.repeat(400) + '}}'.repeat(400) },
      'template.body: must not be nested deeper than 8 levels',
    ],
    [
      'an address that is none',
      { title: 't', link: { url: 'app/{id}' }, with: { id: '1' } },
      'template.link.url: must be a whole http or https URL, or one value that is',
    ],
    [
      'a value in HTML',
      { with: { a: '"x"' }, title: 't', body: '<a href="{a}">x</a>' },
      'template.body: a value must not stand in HTML',
    ],
    [
      'a value that could begin a tag',
      { with: { a: '"x"' }, title: 't', body: 'see <{a}>' },
      'template.body: a value must not stand behind "<": it could become a tag',
    ],
    [
      'a backslash before a value',
      { with: { a: '"x"' }, title: 't', body: 'see \\{a}' },
      'template.body: a backslash must not stand before a value',
    ],
    [
      'a host that is a value',
      { with: { a: '"x"' }, title: 't', body: 'see https://{a}' },
      'template.body: an address must not begin with a value: write [words]({address})',
    ],
    [
      'code in a table',
      { with: { a: '"x"' }, title: 't', body: '| a |\n| - |\n| `{a}` |' },
      'template.body: a value must not stand in code in a table',
    ],
    [
      'code in brackets',
      { with: { a: '"x"' }, title: 't', body: 'b\n[`{a}`](https://a.example)' },
      'template.body: a value in code must not stand in brackets',
    ],
    [
      'an unlikely alternative',
      { with: { n: '1' }, title: 't', body: '{n, plural, =7 {<b a={n}>} other {}}' },
      'template.body: a value must not stand in HTML',
    ],
    ['an unknown field', { title: 't', titel: 'x' }, 'titel: unknown field'],
    ['a locale that is none', { title: { EN: 't' } }, /EN/],
  ])('for %s, and the field is named', (_name, template, expected) => {
    const [first = ''] = faults(compile(template));
    if (typeof expected === 'string') expect(first).toBe(expected);
    else expect(first).toMatch(expected);
  });

  it('with the characters of an expression that are wrong', () => {
    expect(compile({ with: { who: 'data.owner.nam' }, title: 'a' })).toMatchObject({
      errors: [{ path: 'template.with.who', start: expect.any(Number), end: 14 }],
    });
  });
});
