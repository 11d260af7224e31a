// A stream of valid requests of several keys with malformed records between them, on every partition, made from a seed.
// Guarantees: the same seed gives the same stream; each kind of malformed record occurs if there are as many records as
// kinds. Records of almost 1 MB are rare, so that the stream stays small.
import type { SeededRandom } from '@carillon/runtime/testing';
import type { Good } from '../foreign-producers/accepted-envelopes.ts';
import type { ForeignRecord } from '../foreign-producers/clients.ts';
import { record, type ProductTopic } from '../foreign-producers/valid-records.ts';
import { malformedKinds, type MalformedKind } from './malformed-kinds.ts';

export const source = '/acme/malformed';
export const topicName = 'carillon.notification.requested.v1';
const partitions = 12;
/** Two for each partition. */
const keys = Array.from({ length: 2 * partitions }, (_, n) => `key-${n}`);
const largeFrom = 100_000;
/** One large record is kept for so many that are drawn. */
const largeDrawn = 50;

export interface MixedRecord extends ForeignRecord {
  /** Undefined: valid. */
  malformed?: MalformedKind;
  /** Of a valid one: what is decided in the order of publication. */
  key: Buffer | null;
  id: string;
  recipient: string;
}

const reused: MalformedKind = {
  name: 'an id that was used before, with other content',
  reason: /^id_reused$/,
  detail: /came before with other content/,
  form: () => ({}),
};

const topic: ProductTopic = {
  name: topicName,
  text: 'title',
  data: (n) => requestOf(keys[n % keys.length]!, `request ${n}`),
  key: (n) => keys[n % keys.length]!,
};

/** Everything of one key has one recipient, so that what is decided for it is on one partition too. */
const requestOf = (key: string, title: string): Record<string, unknown> => ({
  tenantId: 'acme',
  type: 'report.ready',
  to: [{ member: key }],
  title,
  orderingKey: key,
});

function goodOf(id: string, key: string, title: string): Good {
  const given = requestOf(key, title);
  const partition = keys.indexOf(key) % partitions;
  return { topic, id, data: given, record: record(topicName, id, given, { key, partition, ceSource: source }) };
}

export function* mixedRecords(random: SeededRandom, malformed: number, valid: number): Generator<MixedRecord> {
  const kinds = [...malformedKinds(goodOf('sample', keys[0]!, 'sample')), reused];
  const first = random.shuffled(kinds.filter((kind) => kind !== reused));
  const lastValid = new Map<string, string>();
  for (let n = 0, [bad, good] = [malformed, valid]; bad + good > 0; n++) {
    const key = random.oneOf(keys);
    if (random.below(bad + good) < good) {
      good--;
      const id = `valid-${n}`;
      lastValid.set(key, id);
      yield { ...goodOf(id, key, id).record, id, recipient: `member:${key}` };
      continue;
    }
    bad--;
    const id = `malformed-${n}`;
    for (;;) {
      const one = first.pop();
      const kind = one ?? random.oneOf(kinds);
      const before = lastValid.get(key);
      if (kind === reused && before === undefined) continue;
      const base = goodOf(kind === reused ? before! : id, key, 'other content');
      const made = { ...base.record, ...kind.form(base, random) };
      if (one === undefined && sizeOf(made) > largeFrom && random.below(largeDrawn) > 0) continue;
      yield { ...made, malformed: kind, id, recipient: '' };
      break;
    }
  }
}

/** About what the record takes on Kafka, with the spaces that follow the value. */
export const sizeOf = ({ key, value, headers }: ForeignRecord): number =>
  100 +
  (key?.length ?? 0) +
  (value?.length ?? 0) +
  headers.reduce((sum, [name, given]) => sum + 10 + name.length + (given?.length ?? 0), 0);
