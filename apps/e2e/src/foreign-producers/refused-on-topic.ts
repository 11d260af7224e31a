// What is wrong on one topic only.
import { bytes, type Good } from './accepted-envelopes.ts';
import { data, field, invalid, type Refused } from './refused.ts';

/** The key of a member's record is checked as well; on the other topics any key will do. */
export const memberKey = ({ topic, data: known }: Good, tenantId: string): { key?: Buffer } =>
  typeof known['memberId'] === 'string' && topic.name.includes('.member.')
    ? { key: bytes(`${tenantId}:${known['memberId']}`) }
    : {};

/** What is wrong on one topic only. */
export const refusedOnTopic: Record<'requested' | 'retracted' | 'member', Record<string, Refused>> = {
  requested: {
    'a tombstone': { reason: /^empty_value$/, detail: /tombstone means nothing/, form: () => ({ value: null }) },
    'a field that is misspelt': invalid(/tittle/, data({ tittle: 'x' })),
    'a type that is not declared': {
      reason: /^unknown_type$/,
      detail: /no\.such\.type/,
      form: data({ type: 'no.such.type' }),
    },
    'a channel by what is neither its id nor its name': invalid(/channel/, data({ to: [{ channel: 'our general' }] })),
    'an instant beyond all clocks': invalid(/expiresAt/, data({ expiresAt: '2027-01-01T00:00:00+20:00' })),
    'data of 200 levels': invalid(
      /data/,
      field(() => 'data', `${'{"a":'.repeat(200)}1${'}'.repeat(200)}`),
    ),
    '1,001 recipients': invalid(/to/, data({ to: Array.from({ length: 1_001 }, (_, n) => ({ member: `m-${n}` })) })),
  },
  retracted: {
    'a tombstone': { reason: /^empty_value$/, detail: /tombstone means nothing/, form: () => ({ value: null }) },
    'no id': invalid(/id/, data({ id: undefined })),
    "the source of another tenant's notification": {
      reason: /^source_not_allowed$/,
      detail: /\/globex\/app/,
      form: data({ source: '/globex/app' }),
    },
    'a source of 501 characters in the data': invalid(/source/, data({ source: `/acme/${'x'.repeat(500)}` })),
  },
  member: {
    'a tombstone of nobody': {
      reason: /^wrong_key$/,
      detail: /tenantId:id/,
      form: () => ({ value: null, key: bytes('nobody') }),
    },
    'a tombstone without a source': {
      reason: /^source_not_allowed$/,
      detail: /tombstone/,
      form: ({ topic }) => ({ value: null, key: bytes(topic.key(0)), headers: [] }),
    },
    "a key that is another member's": {
      reason: /^wrong_key$/,
      detail: /belongs under/,
      form: () => ({ key: bytes('acme:ada') }),
    },
    "a key of another tenant's member": {
      reason: /^wrong_key$/,
      detail: /belongs under/,
      form: ({ data: { memberId } }) => ({ key: bytes(`globex:${String(memberId)}`) }),
    },
    'an address that is none': invalid(/email/, data({ email: 'ada' })),
    'a version below 0': invalid(/version/, data({ version: -1 })),
    'a version that is far in the future': {
      reason: /^version_out_of_bounds$/,
      detail: /9000000000000000/,
      form: data({ version: 9e15 }),
    },
  },
};
