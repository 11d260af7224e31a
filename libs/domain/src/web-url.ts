// URLs in the payloads of products. Guarantees: what is accepted is what `new URL()` accepts with the given protocol
// and `//` behind it, without blanks around it. Almost all URLs are recognised by a pattern, which costs a tenth.
import { z } from 'zod';
import { isStorable, unstorableText } from './storable.ts';

/**
 * Whatever matches is a URL: the host has dots, only lower-case ASCII, no label that would have to be decoded (`xn--`),
 * and a last label that makes it no IP address; in what follows the host, no printable character is an error (WHATWG
 * URL Standard, 4.4).
 */
const plainUrl = /^https?:\/\/(?!\S*xn--)(?:[a-z\d-]+\.)+[a-z][a-z\d-]*(?::\d{1,4})?(?:[/?#][!-~]*)?$/;

/** `new URL()` reads `https:a.test` as a URL, too. */
const startsWithHost = /^https?:\/\//i;

function isUrl(text: string, protocols: readonly string[]): boolean {
  if (plainUrl.test(text)) return protocols.some((protocol) => text.startsWith(`${protocol}//`));
  const url = startsWithHost.test(text) ? URL.parse(text) : null;
  return url !== null && protocols.includes(url.protocol);
}

const urlSchema = (protocols: readonly string[], advice: (text: string) => string) =>
  z
    .string()
    .trim()
    .max(3000)
    .refine((text) => isUrl(text, protocols), { error: ({ input }) => advice(input as string) })
    .refine(isStorable, unstorableText)
    .meta({ format: 'uri' });

export const webUrl = urlSchema(['http:', 'https:'], () => 'must be a whole http or https URL');

/** A URL that Carillon or Slack fetches; https only, so that nobody can read or change the file on its way. */
export const secureUrl = urlSchema(['https:'], (text) =>
  /^http:/i.test(text) ? 'must be https: an http URL is not fetched' : 'must be a whole https URL',
);
