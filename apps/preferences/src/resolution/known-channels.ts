// What is known of the channels that requests name, by id or by name. Guarantees: a tenant gets only its own channels;
// they are as stored when they are read, since nothing of them is remembered; a private channel is found by its id
// only, so that nobody learns its name or its id. The cost is bounded: close names are searched for a few of the names
// that are unknown.
import { closeNames, isChannelId } from '@carillon/domain';
import { defineStatement, rows } from '@carillon/persistence';
import type { Read } from './context-changes.ts';

export interface KnownChannel {
  installationId: string;
  channelId: string;
  teamId: string;
  name: string;
  isPrivate: boolean;
  isArchived: boolean;
  isMember: boolean;
}

export interface FoundChannels {
  /** Those with this id or name, in whichever installations. */
  channels: readonly KnownChannel[];
  /** Where there is none: public channels with a name that is close, without `#`. */
  close: readonly string[];
}

/** By what `channelKeyOf` makes of a request's reference. */
export type KnownChannels = ReadonlyMap<string, FoundChannels>;

/** Of a batch, and of a tenant in it. */
const mostSearched = 10;
const mostSearchedOfTenant = 2;
/** Names that are compared with one. */
const mostCompared = 1_000;
const longestSearched = 40;

const columns = `installation_id, channel_id, team_id, name, is_private, is_archived, is_member`;

// No tenant has more than a thousand installations. Each by the index of its own, whatever the planner thinks of the
// arrays.
const selectChannels = defineStatement({
  name: 'context-channels',
  parameters: { asked: rows({ tenantId: 'text', key: 'text' }) },
  text: (p) => `
SELECT asked.tenant_id, asked.key, found.* FROM ${p.asked.as('asked')} CROSS JOIN LATERAL (
  SELECT ${columns} FROM channel WHERE tenant_id = asked.tenant_id AND channel_id = asked.key AND NOT deleted
  UNION
  SELECT ${columns} FROM channel
   WHERE tenant_id = asked.tenant_id AND name COLLATE "C" = asked.key AND NOT deleted AND NOT is_private
  LIMIT 1000) AS found`,
});

/** Most mistakes leave the first letters as they are. */
const selectSimilar = defineStatement({
  name: 'context-similar-channels',
  parameters: { tenantId: 'text', beginning: 'text' },
  text: (p) => `
SELECT DISTINCT name COLLATE "C" FROM channel
 WHERE tenant_id = ${p.tenantId} AND name COLLATE "C" >= ${p.beginning} AND name COLLATE "C" < ${p.beginning} || chr(1114111)
   AND NOT deleted AND NOT is_private AND NOT is_archived
 LIMIT ${mostCompared}`,
});

type ChannelRow = [
  tenantId: string,
  key: string,
  installationId: string,
  channelId: string,
  teamId: string,
  name: string,
  isPrivate: boolean,
  isArchived: boolean,
  isMember: boolean,
];

/** @param asked by tenant */
export async function readChannels(
  read: Read,
  asked: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<Map<string, KnownChannels>> {
  const pairs = [...asked].flatMap(([tenantId, keys]) => [...keys].map((key) => ({ tenantId, key })));
  if (pairs.length === 0) return new Map();
  const found = new Map(
    [...asked].map(([tenant, keys]) => [
      tenant,
      new Map([...keys].map((key) => [key, { channels: [] as KnownChannel[], close: [] as string[] }])),
    ]),
  );
  for (const row of await read<ChannelRow>(selectChannels({ asked: pairs })))
    found.get(row[0])!.get(row[1])!.channels.push(channelOf(row));
  const unknown = [...found].flatMap(([tenantId, ofTenant]) =>
    [...ofTenant]
      .filter(([key, { channels }]) => channels.length === 0 && !isChannelId(key) && key.length <= longestSearched)
      .slice(0, mostSearchedOfTenant)
      .map(([key]) => ({ tenantId, key })),
  );
  for (const { tenantId, key } of unknown.slice(0, mostSearched)) {
    const similar: string[] = [];
    // Of a large workspace the first letter alone gives too many to compare.
    for (const beginning of new Set([3, 1].map((letters) => [...key].slice(0, letters).join(''))))
      for (const [name] of await read<[string]>(selectSimilar({ tenantId, beginning }))) similar.push(name);
    found.get(tenantId)!.get(key)!.close = closeNames(key, similar);
  }
  return found;
}

function channelOf([
  ,
  ,
  installationId,
  channelId,
  teamId,
  name,
  isPrivate,
  isArchived,
  isMember,
]: ChannelRow): KnownChannel {
  return { installationId, channelId, teamId, name, isPrivate, isArchived, isMember };
}
