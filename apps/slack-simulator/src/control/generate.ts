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

/** People are `person1@<domain>` and so on; channels are `channel-1` and so on, with the app in them. */
export function generate(
  workspace: Workspace,
  wanted: { users?: number | undefined; channels?: number | undefined; emailDomain?: string | undefined },
): void {
  const domain = wanted.emailDomain ?? `${workspace.domain}.test`;
  const updated = Math.floor(Date.now() / 1000);
  for (let n = 1; n <= (wanted.users ?? 0); n++) {
    const email = `person${n}@${domain}`;
    if (workspace.userByEmail(email) !== undefined) continue;
    workspace.putUser({
      id: nextId('U'),
      name: `${first[n % first.length]} ${last[n % last.length]} ${n}`,
      email,
      admin: n === 1,
      bot: false,
      guest: false,
      deleted: false,
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
