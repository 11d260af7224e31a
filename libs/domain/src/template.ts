// The template of a notification type: how title, body, facts and actions are written from the data of an event. Words
// are ICU MessageFormat, in one language or several; values are named CEL expressions. Guarantee: an unknown field is
// refused by name, and sizes are limited. That texts and expressions are right is checked by preferences.
import { z } from 'zod';
import { externalId } from './external-ids.ts';
import { storableText } from './storable.ts';

/** Every locale repeats all texts, so that the whole is limited too. */
const largestTemplate = 128 * 1024;
const mostLocales = 50;
const mostValues = 50;

const valueName = z
  .string()
  .max(50)
  .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'must be a name of letters, digits and "_"')
  .refine((name) => name !== '__proto__', 'is no name for a value');

const localeTag = z.string().max(35).refine(isLocale, 'must be a language tag such as "de" or "de-AT"');

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag)[0] === tag;
  } catch {
    return false;
  }
}

/** One text for everyone, or one for each locale. */
const words = (longest: number) => {
  const text = storableText.min(1).max(longest);
  return z.union([
    text,
    z
      .record(localeTag, text)
      .refine((texts) => Object.keys(texts).length > 0, 'needs a text')
      .refine((texts) => Object.keys(texts).length <= mostLocales, `must not have more than ${mostLocales} locales`),
  ]);
};

/** `https://app.example/reports/{id}`, or `{address}` alone for a value that is a whole address. */
const address = storableText.min(1).max(3000);

export const template = z
  .strictObject({
    with: z
      .record(valueName, storableText.min(1).max(4000))
      .refine((values) => Object.keys(values).length <= mostValues, `must not have more than ${mostValues} values`)
      .default({}),
    title: words(2000),
    body: words(8000).optional(),
    facts: z
      .array(z.strictObject({ label: words(500), value: words(2000) }))
      .max(50)
      .optional(),
    actions: z
      .array(
        z.strictObject({
          id: externalId,
          label: words(500),
          url: address.optional(),
          style: z.enum(['primary', 'danger']).optional(),
          value: storableText.min(1).max(2000).optional(),
        }),
      )
      .max(25)
      .optional(),
    link: z.strictObject({ url: address, label: words(500).optional() }).optional(),
    /** The locale of people whose own is not there. Required where texts are given in several locales. */
    defaultLocale: localeTag.optional(),
  })
  .refine((whole) => JSON.stringify(whole).length <= largestTemplate, {
    message: `must not be larger than ${largestTemplate / 1024} KiB`,
  });
export type Template = z.infer<typeof template>;
export type Words = Template['title'];
