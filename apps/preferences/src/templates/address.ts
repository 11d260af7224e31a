// The address of a button or a link: `https://app.example/reports/{id}`. Guarantees: values are percent-encoded, so that
// none becomes another part of the address; `{address}` alone is a value that is a whole address. The result is checked
// as an address when the content is.
import { content } from '@carillon/domain';
import type { Message } from './message.ts';
import { valueFailed, type Values } from './values.ts';

export type Address = (values: Values) => string;

/** The web addresses that content takes. */
export const linkUrl = content.shape.link.unwrap().shape.url;

/** @returns what is wrong with the text where it is no address */
export function compileAddress(message: Message): Address | string {
  const parts = message.plainParts();
  if (parts === undefined) return 'can have plain values only, such as {id}';
  const [first] = parts;
  if (parts.length === 1 && first && 'name' in first) return (values) => values.text(first.name);
  const example = parts.map((part) => ('literal' in part ? part.literal : 'x')).join('');
  if (!linkUrl.safeParse(example).success) return 'must be a whole http or https URL, or one value that is';
  return (values) =>
    parts.map((part) => ('literal' in part ? part.literal : encodedPart(part.name, values.text(part.name)))).join('');
}

/** A value as a part of an address. */
export function encodedPart(name: string, text: string): string {
  if (/^\.{1,2}$/.test(text)) throw valueFailed(name, 'must not be "." or "..", which leads to another path');
  return percentEncoded(text);
}

/** With all characters that Markdown could read. */
export const percentEncoded = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
