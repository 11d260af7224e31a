// Which content types are accepted. Guarantees: every media type of JSON is accepted, without a charset or with UTF-8;
// the refusal of another one names it.
export interface MediaType {
  /** `structured`: the value is a CloudEvent; `json`: the value is its data. */
  mode: 'structured' | 'json';
}

export interface RefusedMediaType {
  problem: string;
}

const structured: MediaType = { mode: 'structured' };
const json: MediaType = { mode: 'json' };

export function mediaTypeOf(name: string, contentType: string): MediaType | RefusedMediaType {
  if (contentType === 'application/json') return json;
  const [type = '', ...parameters] = contentType.split(';').map((part) => part.trim());
  const lower = type.toLowerCase();
  const charset = charsetOf(parameters);
  const given = `${name} is ${quoted(contentType)}`;
  const known =
    lower === 'application/cloudevents+json'
      ? structured
      : /^(?:application|text)\/(?:[\w.-]+\+)?json$/.test(lower)
        ? json
        : undefined;
  if (lower.startsWith('application/cloudevents-batch'))
    return { problem: `${given}, the batch format; a record carries one CloudEvent: send each as a record of its own` };
  if (!known) {
    const format = /^application\/cloudevents\+(.+)$/.exec(lower)?.[1];
    return {
      problem: `${given}${format === undefined ? '' : `, the format ${quoted(format)}`}; application/json or application/cloudevents+json is read`,
    };
  }
  if (charset !== undefined && !readCharsets.has(charset))
    return { problem: `${given}; the charset ${quoted(charset)} is not read, utf-8 is` };
  return known;
}

/** US-ASCII is a subset of UTF-8. */
const readCharsets = new Set(['utf-8', 'utf8', 'us-ascii']);

function charsetOf(parameters: string[]): string | undefined {
  for (const parameter of parameters) {
    const [, value] = /^charset\s*=\s*"?([^"]*)"?$/i.exec(parameter) ?? [];
    if (value !== undefined) return value.trim().toLowerCase();
  }
  return undefined;
}

export const quoted = (text: string): string => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
