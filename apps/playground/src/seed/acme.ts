// The tenant that every playground has: three people who are in Slack, one who is not, and two channels.
export const acme = {
  tenantId: 'acme',
  installationName: 'Acme Slack',
  profile: 'full',
  source: '/acme/reports',
  members: [
    { id: 'ada', name: 'Ada Lovelace', email: 'ada@acme.test', timeZone: 'Europe/London', slackUserId: 'U0ACMEADA' },
    {
      id: 'grace',
      name: 'Grace Hopper',
      email: 'grace@acme.test',
      timeZone: 'America/New_York',
      slackUserId: 'U0ACMEGRACE',
    },
    { id: 'alan', name: 'Alan Turing', email: 'alan@acme.test', timeZone: 'Europe/Paris', slackUserId: 'U0ACMEALAN' },
    { id: 'emmy', name: 'Emmy Noether', email: 'emmy@acme.test', timeZone: 'Europe/Berlin', slackUserId: undefined },
  ],
  workspace: {
    id: 'T0ACME',
    name: 'Acme',
    domain: 'acme',
    channels: [
      { id: 'C0ACMEGENERAL', name: 'general' },
      { id: 'C0ACMEREPORTS', name: 'reports' },
    ],
  },
} as const;

/** The body of `POST /_sim/workspaces`. Repeating it changes nothing. */
export function acmeWorkspace(): object {
  const inSlack = acme.members.filter((member) => member.slackUserId !== undefined);
  const users = inSlack.map(({ slackUserId, name, email, timeZone, id }) => ({
    id: slackUserId,
    name,
    email,
    tz: timeZone,
    admin: id === 'ada',
  }));
  const everybody = users.map(({ id }) => id);
  return {
    ...acme.workspace,
    users,
    channels: acme.workspace.channels.map((channel) => ({ ...channel, members: everybody })),
  };
}
