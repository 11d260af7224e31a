// What the database and the topics of this service hold of people and channels, and how long: the one list that `GET
// privacy` answers with. Guarantees: kept-data.int.spec.ts fails for a column that is not listed. Only what A6 of the
// product allows may be added: names, ids, addresses, whether somebody is active or a guest, time zones and channel
// names; never what people write.
import { auditRecorded, channelChanged, destinationChanged, recipientChanged } from '@carillon/domain';

export interface Kept {
  /** Of whom or of what. */
  of: string;
  until: string;
  /** By column; null where it says nothing of a person or a channel. */
  columns: Readonly<Record<string, string | null>>;
}

const installationEnds = 'the installation is deleted';
const memberEnds = 'the product says that the member is gone';

/** What is stored as Slack lists it, and staged before. */
const ofPerson = {
  slack_user_id: 'Slack id',
  team_id: 'Slack id of their workspace',
  name: 'name in Slack',
  email: 'e-mail address in Slack',
  email_key: 'e-mail address in Slack, as it is compared',
  time_zone: 'time zone in Slack',
  active: 'whether they are active in Slack',
  guest: 'whether they are a guest in Slack',
};
const ofChannel = {
  channel_id: 'Slack id',
  team_id: 'Slack id of their workspace',
  name: 'name',
  private: 'whether it is private',
  archived: 'whether it is archived',
  member: 'whether the app is in it',
};

export const keptInTables: Readonly<Record<string, Kept>> = {
  slack_user: {
    of: 'people of a connected Slack workspace',
    until: `Slack no longer names them in its list, or ${installationEnds}`,
    columns: {
      ...ofPerson,
      ...{ installation_id: null, known_at: null },
    },
  },
  channel: {
    of: 'channels of a connected Slack workspace: public ones, and private ones that the app is in',
    until: `Slack no longer names them in its list, or ${installationEnds}`,
    columns: {
      ...ofChannel,
      ...{ installation_id: null, known_at: null },
    },
  },
  channel_question: {
    of: 'channels of which Slack said too little',
    until: `Slack has said more, or ${installationEnds}`,
    columns: {
      channel_id: 'Slack id',
      ...{ installation_id: null, tenant_id: null, attempt: null, not_before: null },
    },
  },
  channel_publication: {
    of: 'channels that were published on Kafka',
    until: 'the channel is gone and its tombstone published',
    columns: {
      channel_id: 'Slack id',
      ...{ installation_id: null, tenant_id: null, version: null, pending: null },
    },
  },
  staged_slack_user: {
    of: 'people of a workspace that is being listed',
    until: 'the sync ends, which takes minutes',
    columns: {
      ...ofPerson,
      ...{ sync_id: null, known_at: null, gone: null },
    },
  },
  staged_channel: {
    of: 'channels of a workspace that is being listed',
    until: 'the sync ends, which takes minutes',
    columns: {
      ...ofChannel,
      ...{ sync_id: null, known_at: null, gone: null },
    },
  },
  member: {
    of: 'members, as the product publishes them',
    until: `${memberEnds}; the id and a version remain, so that an older record does not bring the member back`,
    columns: {
      member_id: "the product's id",
      email: 'e-mail address',
      email_key: 'e-mail address, as it is compared',
      name: 'name',
      locale: 'language',
      time_zone: 'time zone',
      active: 'whether they are active',
      roles: 'roles in the product',
      ...{ tenant_id: null, version: null, recorded_at: null, deleted: null },
    },
  },
  recipient: {
    of: 'members who were published',
    until: 'without end: the id and a version remain, so that a member who comes back is newer',
    columns: { member_id: "the product's id", digest: 'a hash of what was published', tenant_id: null, version: null },
  },
  link: {
    of: 'members and who they are in Slack',
    until: `${memberEnds}, or ${installationEnds}`,
    columns: {
      member_id: "the product's id",
      slack_user_id: 'Slack id',
      team_id: 'Slack id of their workspace',
      status: 'whether and how they are linked',
      choice: 'whether the link was set or removed by hand',
      chosen_by: 'member id of whoever set or removed it',
      chosen_at: 'when they did',
      chosen_how: 'whether that was an admin or the member',
      ...{ tenant_id: null, installation_id: null, changed_at: null },
    },
  },
  self_link_attempt: {
    of: 'members who began to link their own Slack account',
    until: `a day after it ended, or ${installationEnds}`,
    columns: {
      member_id: "the product's id",
      return_to: 'the address that the browser returns to',
      ...{ tenant_id: null, installation_id: null, id: null, state_digest: null, browser_digest: null },
      ...{ nonce: null, expires_at: null, used_at: null },
    },
  },
  installation: {
    of: 'whoever connected a workspace',
    until: installationEnds,
    columns: {
      connected_by: "the product's id of that member",
      connected_by_slack_user: 'Slack id of that member',
      ...{ installation_id: null, tenant_id: null, name: null, state: null, team_id: null, enterprise_id: null },
      ...{ is_enterprise_install: null, scopes: null, version: null, deleted: null, to_be_erased: null },
      ...{ listed_at: null, team_ids: null },
    },
  },
  destination: {
    of: 'destinations that were saved: channels, people and groups',
    until: 'somebody deletes the destination',
    columns: {
      name: 'name',
      audience: "the product's ids of members, and Slack ids and names of channels",
      updated_by: 'member id of whoever saved it',
      ...{ destination_id: null, tenant_id: null, version: null, updated_at: null },
    },
  },
  audit_entry: {
    of: 'whoever changed something, and whom it concerned',
    until: 'without end in this database: entries cannot be changed or deleted by the service',
    columns: {
      actor_id: 'member id, or id of the client',
      actor_roles: 'roles',
      subject: 'what was changed, such as a member id',
      detail: 'a few facts, such as the Slack id that was linked; never a name or an e-mail address',
      ...{
        seq: null,
        id: null,
        tenant_id: null,
        at: null,
        service: null,
        actor_kind: null,
        action: null,
        outcome: null,
      },
    },
  },
  outbox: {
    of: 'members and channels, in records on their way to Kafka',
    until: 'Kafka has stored the record, which takes seconds; a refused one until an operator retries it',
    columns: {
      key: "the product's id, or ids of Slack",
      value: 'what the topic holds',
      ...{ id: null, topic: null, headers: null, partition: null, created_at: null, refused: null },
    },
  },
  directory_policy: technical('tenant_id', 'guests', 'self_link'),
  followed_topic: technical('topic', 'followed_until'),
  migrations: technical('id', 'timestamp', 'name'),
  sync_position: technical('sync_id', 'position'),
  sync: technical(
    ...['id', 'tenant_id', 'installation_id', 'state', 'reason', 'attempt', 'not_before', 'lease_until', 'pages'],
    ...['users_seen', 'channels_seen', 'links_changed', 'error', 'created_at', 'started_at', 'finished_at', 'again'],
    ...['users_from', 'channels_from'],
  ),
};

/** What this service writes to Kafka. */
export const keptInTopics: Readonly<Record<string, { of: string; what: string[]; until: string }>> = {
  [recipientChanged.name]: {
    of: 'members',
    what: ['what the product published of them', 'Slack ids of their links'],
    until: `${memberEnds} (a tombstone replaces the record); links until ${installationEnds}`,
  },
  [destinationChanged.name]: {
    of: 'destinations that were saved',
    what: ['what is kept of them in the database'],
    until: 'somebody deletes the destination (a tombstone replaces the record)',
  },
  [channelChanged.name]: {
    of: 'channels of a connected Slack workspace',
    what: ['what is kept of them in the database'],
    until: `Slack no longer names them in its list, or ${installationEnds} (a tombstone replaces the record)`,
  },
  [auditRecorded.name]: {
    of: 'whoever changed something, and whom it concerned',
    what: ['what is kept of them in the database'],
    until: `${auditRecorded.retention} after it was written`,
  },
};

function technical(...names: string[]): Kept {
  return { of: '', until: '', columns: Object.fromEntries(names.map((name) => [name, null])) };
}
