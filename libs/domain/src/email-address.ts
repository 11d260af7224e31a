// E-mail addresses as products, people and Slack write them.
// Guarantees: spaces around an address are removed; an internationalised domain (`bücher.example`) becomes its ASCII
// form (`xn--bcher-kva.example`), which every mail server understands; two spellings of one address are one person.
// Does not: accept letters outside ASCII before the @, because few mail servers do (RFC 6531).
import { z } from 'zod';

/** zod's pattern for e-mail addresses, plus internationalised top-level domains (`xn--p1ai`). */
const pattern =
  /^(?:[A-Za-z0-9_'+-]+\.)*[A-Za-z0-9_'+-]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9][A-Za-z0-9-]*\.)+(?:[A-Za-z]{2,}|xn--[A-Za-z0-9-]+)$/;

const beyondAscii = /[^\0-\x7f]/;

/** The domain in ASCII. `URL` applies UTS #46, in Node and in browsers; what it cannot convert stays as it is. */
function withAsciiDomain(address: string): string {
  if (!beyondAscii.test(address)) return address;
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  if (!beyondAscii.test(domain) || /[\s/:?#@%[\]\\]/.test(domain)) return address;
  const url = `http://${domain}`;
  return URL.canParse(url) ? `${address.slice(0, at + 1)}${new URL(url).hostname}` : address;
}

const isAddress = (address: string): boolean => address.length <= longest && pattern.test(address);

/** What RFC 5321 lets an address have. */
const longest = 254;

export const emailAddress = z
  .string()
  .max(1_000)
  .trim()
  .overwrite(withAsciiDomain)
  .refine(isAddress, {
    error: ({ input }) =>
      beyondAscii.test(String(input).split('@', 1)[0]!)
        ? 'must be an e-mail address with ASCII letters only before the @'
        : 'must be an e-mail address such as ada@example.com',
  })
  .meta({ format: 'idn-email' });

/** One e-mail address, however it is written, is one person: trimmed, in lower case, its domain in ASCII. */
export const normaliseEmail = (address: string): string => withAsciiDomain(address.trim()).toLowerCase();
