import { expect, test } from '@jest/globals';
import { content as contentSchema, contentVariant, type Content, type ContentVariant } from '@carillon/domain';
import fc from 'fast-check';
import { contentInVariant } from './content-in-variant.ts';

const text = fc.string({ minLength: 1, maxLength: 20 });
const variantFields = {
  title: text,
  body: text,
  link: fc.record({ url: fc.webUrl(), label: text }, { requiredKeys: ['url'] }),
  facts: fc.array(fc.record({ label: text, value: text }), { maxLength: 3 }),
  actions: fc.array(fc.record({ id: text, label: text }), { maxLength: 3 }),
  mentions: fc.array(fc.record({ member: text }), { maxLength: 3 }),
};
const variants: fc.Arbitrary<ContentVariant> = fc.record(variantFields, { requiredKeys: [] });
const contents: fc.Arbitrary<Content> = fc.record(
  {
    ...variantFields,
    files: fc.array(fc.record({ name: text, contentType: text, base64: fc.base64String() }), { maxLength: 2 }),
    sender: fc.record({ name: text }),
  },
  { requiredKeys: ['title'] },
);

test('what the variant names is said as the variant says it, and everything else as the content does', () => {
  fc.assert(
    fc.property(contents, variants, (content, variant) => {
      const before = structuredClone({ content, variant });
      const told = contentInVariant(content, variant);
      for (const field of Object.keys(contentSchema.shape) as (keyof Content)[])
        expect(told[field]).toEqual(Object.hasOwn(variant, field) ? variant[field as 'title'] : content[field]);
      expect({ content, variant }).toEqual(before);
    }),
  );
});

test('without a variant the content is not even copied', () => {
  const content = { title: 'Report' };
  for (const none of [null, undefined]) expect(contentInVariant(content, none)).toBe(content);
});

test('the fields of a variant are those that this spec varies', () => {
  expect(Object.keys(contentVariant.shape)).toEqual(Object.keys(variantFields));
});
