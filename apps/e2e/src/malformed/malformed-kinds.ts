// The kinds of malformed requests: those of the foreign producers, whose form is fixed, and those here, which a random
// number varies. Guarantee: each record is refused, whatever the number; `reason` and `detail` are what its dead letter
// must say. Left out is what kafkajs can't write or reads in minutes: headers without a value, 10,000 headers.
import { headersWith, type Form, type Good } from '../foreign-producers/accepted-envelopes.ts';
import type { SeededRandom } from '@carillon/runtime/testing';
import type { ForeignRecord } from '../foreign-producers/clients.ts';
import { refusedForms } from '../foreign-producers/refused-envelopes.ts';
import { refusedOnTopic } from '../foreign-producers/refused-on-topic.ts';
import { data, value, type Refused } from '../foreign-producers/refused.ts';

export interface MalformedKind {
  name: string;
  reason: RegExp;
  detail: RegExp;
  form(good: Good, random: SeededRandom): Partial<ForeignRecord>;
}

type VariedForm = (random: SeededRandom) => Form;

const invalidPayload = /^invalid_payload$/;
const rejectedAs = (reason: RegExp, detail: RegExp, form: VariedForm): Omit<MalformedKind, 'name'> => ({
  reason,
  detail,
  form: (good, random) => form(random)(good),
});
const invalid = (detail: RegExp, form: VariedForm): Omit<MalformedKind, 'name'> =>
  rejectedAs(invalidPayload, detail, form);
/** A valid request with these fields in place of its own. */
const oneOf =
  (...changes: Record<string, unknown>[]): VariedForm =>
  (random) =>
    data(random.oneOf(changes));
/** The JSON of a valid request with one field more, given as text. */
const with1 = (text: string): Form => value(({ record }) => `${String(record.value).slice(0, -1)},${text}}`);
const bytes = (random: SeededRandom, length: number): Buffer =>
  Buffer.from(Array.from({ length }, () => random.below(256)));

const varied: Record<string, Omit<MalformedKind, 'name'>> = {
  'random bytes': rejectedAs(/^(?:not_utf8|not_json)$/, /UTF-8|line 1/, (random) =>
    value(() => Buffer.concat([Buffer.from([random.oneOf([0x01, 0xff, 0x3c])]), bytes(random, random.below(300))])),
  ),
  'JSON cut somewhere': rejectedAs(
    /^not_json$/,
    /line 1|ends too early/,
    (random) =>
      ({ record: { value: whole } }) => ({
        value: whole!.subarray(0, 1 + random.below(whole!.length - 1)),
      }),
  ),
  'a byte that is no UTF-8 somewhere': rejectedAs(/^not_utf8$/, /UTF-8/, (random) => ({ record: { value: whole } }) => {
    const at = random.below(whole!.length);
    return { value: Buffer.concat([whole!.subarray(0, at), Buffer.from([0xff]), whole!.subarray(at)]) };
  }),
  'JSON that is no object': invalid(/object/, (random) =>
    value(() => JSON.stringify(random.oneOf([null, true, random.next(), 'text', [], [random.next()]]))),
  ),
  'up to 10,000 nested arrays': invalid(/object/, (random) => {
    const depth = 1 + random.below(10_000);
    return value(() => '['.repeat(depth) + ']'.repeat(depth));
  }),
  'up to 10,000 nested objects in data': rejectedAs(/^(?:invalid_payload|unreadable)$/, /\w/, (random) => {
    const depth = 200 + random.below(9_800);
    return with1(`"data":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);
  }),
  'a number beyond all numbers': invalid(/sequence/, (random) =>
    with1(`"sequence":${random.oneOf(['1e400', '-1e400', '9'.repeat(400), '1e16', '0.5', '-1'])}`),
  ),
  'a name twice, the second wrong': invalid(/title/, (random) =>
    with1(`"title":${random.oneOf(['7', 'null', '[]', '""', '{"a":1}'])}`),
  ),
  'a name of what objects have by birth': invalid(/__proto__|constructor|toString|hasOwnProperty/, (random) =>
    with1(
      `"${random.oneOf(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])}":${random.oneOf(['{"a":1}', 'null', '"x"'])}`,
    ),
  ),
  'such a name in an address': invalid(/to/, (random) =>
    with1(`"to":[{"member":"ada","${random.oneOf(['__proto__', 'constructor'])}":{"channel":"C1"}}]`),
  ),
  'a field that is not known': invalid(/x[0-9a-z]+/, (random) => data({ [`x${random.wholeNumber()}`]: 1 })),
  'a tenant of another type': invalid(
    /tenantId/,
    oneOf(...[7, null, true, ['acme'], { id: 'acme' }, '', 'x'.repeat(300)].map((tenantId) => ({ tenantId }))),
  ),
  'a tenant that looks alike': rejectedAs(
    /^(?:unknown_tenant|invalid_payload)$/,
    /tenant/i,
    oneOf(
      ...[
        '\u0430cme',
        'acm\u0435',
        '\uff41\uff43\uff4d\uff45',
        'acme\u200b',
        'acme\u00ad',
        'ACME',
        ' acme',
        'acme ',
      ].map((tenantId) => ({ tenantId })),
    ),
  ),
  'recipients of a wrong shape': invalid(
    /^to/,
    oneOf(
      ...['ada', {}, 7, ['ada'], [[]], [null], [{}], [{ member: 7 }], [{ member: '' }], [{ email: 'ada' }]].map(
        (to) => ({ to }),
      ),
      ...[[{ member: 'ada', email: 'ada@acme.test' }], [{ members: [] }], [{ workflow: false }]].map((to) => ({ to })),
    ),
  ),
  'an expiry that is no instant': invalid(
    /expiresAt/,
    oneOf(
      ...['tomorrow', '2026-02-30T00:00:00Z', '2026-01-01', '2026-01-01T00:00:00', 1_767_225_600, null, ''].map(
        (expiresAt) => ({ expiresAt }),
      ),
    ),
  ),
  'half of a surrogate pair': invalid(/surrogate|control|NUL/, (random) =>
    with1(
      random.oneOf([
        String.raw`"title":"a\ud800"`,
        String.raw`"orderingKey":"\udfff"`,
        String.raw`"data":{"a":"\ud83d"}`,
      ]),
    ),
  ),
  'NUL in a name or a text': invalid(/NUL|control/, (random) =>
    with1(
      random.oneOf([
        String.raw`"body":"a\u0000"`,
        String.raw`"data":{"a\u0000":1}`,
        String.raw`"data":{"a":["\u0000"]}`,
      ]),
    ),
  ),
  'a type that is not declared': rejectedAs(/^unknown_type$/, /\.\d+/, (random) =>
    data({ type: `no.such.type.${random.below(1_000)}` }),
  ),
  "data against the type's schema": invalid(/data/, (random) =>
    data({
      type: 'meeting.analysis.ready',
      title: undefined,
      data: random.oneOf<object>([
        { meeting: 'Weekly' },
        { meeting: 7, url: 'https://app.example/1' },
        { meeting: 'Weekly', url: 'https://app.example/1', minutes: -1 },
        { meeting: 'Weekly', url: 'https://app.example/1', owner: { email: 'ada' } },
        {},
      ]),
    }),
  ),
  'data without what the template writes': invalid(/data\.\w+/, (random) =>
    data({
      type: 'report.import.finished',
      title: undefined,
      data: random.oneOf<object>([{}, { source: 'CRM' }, { imported: 4 }]),
    }),
  ),
  'no title, and no template': invalid(/title/, () => data({ title: undefined })),
  'a priority that is none': invalid(/priority/, oneOf(...['asap', '', null, 3].map((priority) => ({ priority })))),
  "a source that is not the tenant's": rejectedAs(
    /^source_not_allowed$/,
    /may not publish|only Carillon/,
    (random) => (good) => ({
      headers: headersWith(good, {
        ce_source: random.oneOf(['/globex/reports', '/acme', '/carillon/delivery', 'acme/x']),
      }),
    }),
  ),
  'a text near the largest record': invalid(/title|body/, (random) =>
    data({ [random.oneOf(['title', 'body'])]: 'x'.repeat(900_000 + random.below(100_000)) }),
  ),
};

const fixed: Record<string, Refused> = { ...refusedForms, ...refusedOnTopic.requested };

/** Those whose records have this form for a good one like `sample`. */
export function malformedKinds(sample: Good): MalformedKind[] {
  const written = Object.entries(fixed).filter(([, { form }]) => {
    const { headers = [], value: content } = form(sample);
    return (
      headers.length <= 1_000 && headers.every(([, given]) => given !== null) && (content?.length ?? 0) < 1_000_000
    );
  });
  return [...written, ...Object.entries(varied)].map(([name, kind]) => ({ ...kind, name }));
}
