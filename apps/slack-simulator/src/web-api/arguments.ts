/**
 * Arguments as Slack accepts them: query, form, multipart or JSON. In a form every value is text, and structured values
 * are JSON texts; in a JSON body they are values. The functions below read both.
 */
import { parseForm } from './form.ts';

export type Arguments = Record<string, unknown>;

export type Parsed = { args: Arguments; json: boolean; warning?: string } | { error: string };

export async function parseMultipart(contentType: string, body: Buffer): Promise<FormData | undefined> {
  try {
    return await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  } catch {
    return undefined;
  }
}

export function parseArguments(contentType: string | undefined, body: Buffer, query: string): Parsed | Promise<Parsed> {
  if (body.length === 0) return { args: parseForm(query), json: false };
  if (contentType === undefined) return { error: 'missing_post_type' };
  if (contentType.startsWith('application/x-www-form-urlencoded')) {
    const args: Arguments = parseForm(body.toString('utf8'));
    if (query !== '') Object.assign(args, parseForm(query));
    return contentType.length > 34 && contentType.includes('charset')
      ? { args, json: false, warning: 'superfluous_charset' }
      : { args, json: false };
  }
  if (contentType.startsWith('application/json')) return parseJson(contentType, body, query);
  if (contentType.startsWith('multipart/form-data')) return parseFormData(contentType, body);
  return { error: 'invalid_post_type' };
}

function parseJson(contentType: string, body: Buffer, query: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    return { error: 'invalid_json' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { error: 'json_not_object' };
  const args = { ...parseForm(query), ...value };
  return contentType.includes('charset') ? { args, json: true } : { args, json: true, warning: 'missing_charset' };
}

async function parseFormData(contentType: string, body: Buffer): Promise<Parsed> {
  const form = await parseMultipart(contentType, body);
  if (form === undefined) return { error: 'invalid_form_data' };
  const args: Arguments = {};
  for (const [name, value] of form) if (typeof value === 'string') args[name] = value;
  return { args, json: false };
}

/** The argument as text; an empty text counts as absent. */
export function text(args: Arguments, name: string): string | undefined {
  let value = args[name];
  if (Array.isArray(value) && typeof value[0] === 'string') value = value[0];
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function flag(args: Arguments, name: string): boolean {
  const value = args[name];
  return value === true || value === 1 || value === 'true' || value === '1';
}

/** A whole number, `undefined` when absent, NaN when it is something else. */
export function whole(args: Arguments, name: string): number | undefined {
  const value = text(args, name);
  if (value === undefined) return undefined;
  return /^-?\d+$/.test(value) ? Number(value) : Number.NaN;
}

export function list(args: Arguments, name: string): string[] {
  const value = args[name];
  if (Array.isArray(value)) return value.filter((v): v is string => typeof v === 'string');
  if (typeof value !== 'string' || value === '') return [];
  if (value.startsWith('[')) {
    const parsed = structured(args, name);
    return Array.isArray(parsed) ? parsed.filter((v): v is string => typeof v === 'string') : [];
  }
  return value
    .split(',')
    .map((v) => v.trim())
    .filter((v) => v !== '');
}

export const malformed = Symbol('malformed');

/** A JSON argument: parsed from a form's text, or as it came in a JSON body. */
export function structured(args: Arguments, name: string): unknown {
  const value = args[name];
  if (value === null || value === '') return undefined;
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return malformed;
  }
}
