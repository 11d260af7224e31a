/** A person or bot of one workspace. Unique by (team, id). */
export interface User {
  id: string;
  /** The name people read; Slack's `name` (the handle) is derived. */
  name: string;
  email: string | undefined;
  admin: boolean;
  bot: boolean;
  /** Set for bots. */
  botId?: string;
  guest: boolean;
  /** Of another workspace, seen through Slack Connect. */
  stranger: boolean;
  deleted: boolean;
  tz: string | null;
  locale: string;
  updated: number;
}

export const slackbotId = 'USLACKBOT';

export function handleOf(user: User): string {
  return user.name
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '.')
    .replace(/^\.+|\.+$/g, '');
}

/** Whether a person can be signed in to Slack as this user. */
export function canSignIn(user: User): boolean {
  return !user.bot && !user.deleted && user.id !== slackbotId;
}
