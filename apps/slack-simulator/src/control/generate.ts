/** Fills a workspace with many people and channels, the same ones every time, in milliseconds. */
import { nextId } from '../world/ids.ts';
import type { Workspace } from '../world/workspace.ts';

const first = [
  'Ada',
  'Grace',
  'Alan',
  'Edsger',
  'Barbara',
  'Donald',
  'Margaret',
  'Ken',
  'Radia',
  'Tim',
  'Frances',
  'Dennis',
  'Shafi',
  'Leslie',
  'Hedy',
  'Claude',
];
const last = [
  'Lovelace',
  'Hopper',
  'Turing',
  'Dijkstra',
  'Liskov',
  'Knuth',
  'Hamilton',
  'Thompson',
  'Perlman',
  'Lee',
  'Allen',
  'Ritchie',
  'Goldwasser',
  'Lamport',
  'Lamarr',
  'Shannon',
  'Noether',
];
const zones = [
  'America/Los_Angeles',
  'America/New_York',
  'Europe/London',
  'Europe/Berlin',
  'Asia/Kolkata',
  'Asia/Tokyo',
  'Australia/Sydney',
];

interface Wanted {
  users?: number | undefined;
  channels?: number | undefined;
  emailDomain?: string | undefined;
  /** How many of the users are such; each user is at most one of these. */
  guests?: number | undefined;
  bots?: number | undefined;
  deactivated?: number | undefined;
  strangers?: number | undefined;
}

/**
 * People are `person1@<domain>` and so on; channels are `channel-1` and so on, with the app in them. The last users are
 * the guests, bots, deactivated and strangers that were asked for, in this order.
 */
export function generate(workspace: Workspace, wanted: Wanted): void {
  const domain = wanted.emailDomain ?? `${workspace.domain}.test`;
  const updated = Math.floor(Date.now() / 1000);
  const kindOf = kindsOf(wanted);
  for (let n = 1; n <= (wanted.users ?? 0); n++) {
    const email = `person${n}@${domain}`;
    if (workspace.userByEmail(email) !== undefined) continue;
    const kind = kindOf(n);
    workspace.putUser({
      id: nextId('U'),
      name: `${first[n % first.length]} ${last[n % last.length]} ${n}`,
      email,
      admin: n === 1,
      bot: kind === 'bots',
      ...(kind === 'bots' ? { botId: nextId('B') } : {}),
      guest: kind === 'guests',
      stranger: kind === 'strangers',
      deleted: kind === 'deactivated',
      tz: zones[n % zones.length]!,
      locale: 'en-US',
      updated,
    });
  }
  for (let n = 1; n <= (wanted.channels ?? 0); n++) {
    const name = `channel-${n}`;
    if (workspace.channelByName(name) === undefined)
      workspace.addChannel(nextId('C'), 'public_channel', name).members.add(workspace.botUserId);
  }
}

const kinds = ['strangers', 'deactivated', 'bots', 'guests'] as const;

function kindsOf(wanted: Wanted): (n: number) => (typeof kinds)[number] | undefined {
  let end = wanted.users ?? 0;
  const ranges = kinds.map((kind) => ({ kind, end, start: (end -= wanted[kind] ?? 0) }));
  return (n) => ranges.find((range) => n > range.start && n <= range.end)?.kind;
}
