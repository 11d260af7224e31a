// How a record is made wrong, and by which reason and sentence its dead letter must name the fault.
import { headersWith, inStructuredMode, type Form, type Good } from './accepted-envelopes.ts';

export interface Refused {
  reason: RegExp;
  /** What the sentence must say. */
  detail: RegExp;
  form: Form;
}

export const header =
  (name: string, value: string | Buffer | null): Form =>
  (good) => ({ headers: headersWith(good, { [name]: value }) });
export const value =
  (of: (good: Good) => string | Buffer): Form =>
  (good) => ({ value: Buffer.from(of(good)) });
/** The data with one field more, whose JSON is given as it is. */
export const field = (name: (good: Good) => string, json: string): Form =>
  value(
    ({ record, ...good }) =>
      `${String(record.value).slice(0, -1)},${JSON.stringify(name({ record, ...good }))}:${json}}`,
  );
export const data = (changes: Record<string, unknown>): Form =>
  value(({ data: known }) => JSON.stringify({ ...known, ...changes }));
export const event =
  (attributes: Record<string, unknown>): Form =>
  (good) =>
    inStructuredMode(good, attributes);

export const missing = (name: string): Refused => ({
  reason: /^not_a_cloud_event$/,
  detail: new RegExp(`${name} is missing`),
  form: header(name, null),
});
export const notCloudEvent = (detail: RegExp, form: Form): Refused => ({ reason: /^not_a_cloud_event$/, detail, form });
export const contentType = (given: string, detail: RegExp = /content-type is .*application\/json/): Refused => ({
  reason: /^unsupported_content_type$/,
  detail,
  form: header('content-type', given),
});
export const notJson = (detail: RegExp, form: Form): Refused => ({ reason: /^not_json$/, detail, form });
export const notUtf8 = (form: Form): Refused => ({ reason: /^not_utf8$/, detail: /UTF-8/, form });
export const invalid = (detail: RegExp, form: Form): Refused => ({ reason: /^invalid_payload$/, detail, form });
export const brokenJson = value(() => '{');
