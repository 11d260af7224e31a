// The formats that a schema of `data` may name, and how each is said to a producer. Guarantee: a check takes little
// time, because no text is longer than its format can need: some of the expressions of ajv-formats take quadratic time.
import { fullFormats } from 'ajv-formats/dist/formats.js';

export interface TextFormat {
  validate: (text: string) => boolean;
  /** "must be …" */
  name: string;
}

const described = {
  date: 'a date such as 2026-11-26',
  time: 'a time with its offset, such as 09:30:00Z',
  'date-time': 'a time such as 2026-11-26T09:30:00Z',
  duration: 'a duration such as PT15M',
  email: 'an e-mail address',
  hostname: 'a host name',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  uri: 'a whole URI',
  'uri-reference': 'a URI or a relative reference',
  uuid: 'a UUID',
  'json-pointer': 'a JSON Pointer',
} as const;

const longest = 3_000;
const longestAddress = 320;

function checkOf(name: keyof typeof described): (text: string) => boolean {
  const format: unknown = fullFormats[name];
  if (format instanceof RegExp) return (text) => format.test(text);
  const check = typeof format === 'function' ? format : (format as { validate: (text: string) => boolean }).validate;
  return (text) => (check as (text: string) => boolean)(text);
}

export const formats: ReadonlyMap<string, TextFormat> = new Map(
  (Object.keys(described) as (keyof typeof described)[]).map((name) => {
    const check = checkOf(name);
    const limit = name === 'email' ? longestAddress : longest;
    return [name, { validate: (text: string) => text.length <= limit && check(text), name: described[name] }];
  }),
);
