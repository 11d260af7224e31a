// What is written for whom: requests that only name their data, languages, and what does not fit the type.
import { describe, expect, test } from '@jest/globals';
import { template, type NotificationRequest, type NotificationType } from '@carillon/domain';
import { compileDataSchema } from '../data-schemas/compile-data-schema.ts';
import { compileTemplate } from '../templates/compile-template.ts';
import { contextOf, personOf, typeOf } from '../testing/context-fixtures.ts';
import { addVariants } from './content-variants.ts';
import { prepareRequest, type PreparedRequest } from './prepared-request.ts';
import { resolve } from './resolve.ts';

const reportReady = typeOf({
  urgent: false,
  schema: {
    type: 'object',
    properties: { count: { type: 'integer' }, owner: { type: 'string' } },
    required: ['count'],
    additionalProperties: false,
  },
  template: template.parse({
    with: { n: 'data.count', who: 'data.owner' },
    title: {
      en: '{n, plural, one {# report} other {# reports}}',
      de: '{n, plural, one {# Bericht} other {# Berichte}}',
    },
    body: { en: 'for {who}', de: 'für {who}' },
    defaultLocale: 'en',
  }),
});

const catalogue = {
  compiled(type: NotificationType) {
    const schema = type.schema && compileDataSchema(type.schema);
    if (schema && 'errors' in schema) throw new Error('the schema does not compile');
    const written = type.template && compileTemplate(type.template, type.schema);
    if (written && 'errors' in written) throw new Error('the template does not compile');
    return { validateData: (data: unknown) => schema?.validate(data) ?? [], ...(written && { template: written }) };
  },
};
const event = { source: '/acme/reports', id: '1', tenantName: 'Acme' };

function prepared(given: Partial<NotificationRequest>, type = reportReady): PreparedRequest | string {
  const result = prepareRequest({ tenantId: 'acme', type: type.name, ...given }, type, event, catalogue);
  return 'fault' in result ? `${result.fault.path}: ${result.fault.detail}` : result;
}

describe('a request without a title', () => {
  test("is written by the type's template, in the language of each person", () => {
    const people = [
      personOf('ada', { locale: 'de-AT' }),
      personOf('bob', { locale: 'fr' }),
      personOf('eve', { locale: 'de' }),
    ];
    const one = prepared({
      data: { count: 2, owner: '*Ada*' },
      to: [...people.map(({ memberId }) => ({ member: memberId })), { channel: 'C1' }],
    }) as PreparedRequest;
    expect(one.request).toMatchObject({ title: '2 reports', body: 'for \\*Ada\\*' });
    const context = contextOf(people);
    const resolution = resolve(one.request, reportReady, context, { at: 0, variables: one.variables });
    expect(addVariants(one, resolution, context)).toEqual({ de: { title: '2 Berichte', body: 'für \\*Ada\\*' } });
    expect(resolution.decisions.map(({ recipient, variant }) => [recipient, variant])).toEqual([
      ['member:ada', 'de'],
      ['member:bob', undefined],
      ['member:eve', 'de'],
      ['channel:T-main:C1', undefined],
    ]);
  });

  test('is refused with the name of the value that is missing', () => {
    expect(prepared({ data: { count: 2 } })).toContain('data.owner');
  });

  test('is refused where the type has no template', () => {
    expect(prepared({}, typeOf())).toBe('title: is required: the type report.ready has no template');
  });
});

test.each<[string, Partial<NotificationRequest>]>([
  ['data.count', { title: 'x', data: {} }],
  ['data.count', { title: 'x', data: { count: 'two' } }],
  ['data.cuont', { title: 'x', data: { count: 1, cuont: 1 } }],
  ['priority', { title: 'x', data: { count: 1 }, priority: 'urgent' }],
])('what does not fit the type is refused with the name of the field: %s', (path, request) => {
  expect(prepared(request)).toMatch(new RegExp(`^${path.replace('.', '\\.')}: `));
});

test('a request that brings its own title is told as it is', () => {
  const one = prepared({ title: 'Mine', data: { count: 1 } }) as PreparedRequest;
  expect([one.request.title, one.template]).toEqual(['Mine', undefined]);
});
