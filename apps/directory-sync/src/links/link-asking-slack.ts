// Links a member by hand to a Slack user who may be unknown here yet: Slack is asked then. Guarantees: Slack is asked
// outside of any transaction, within its limits, and only about the person whom the admin names; what it says is stored
// as what an event says, so that a newer one stays; an error says what to do.
import { notFound, Problem, problemOfFields, unavailable } from '@carillon/runtime';
import { inTransaction } from '@carillon/persistence';
import type { SlackAnswer } from '@carillon/slack';
import { applyUsers } from '../events/apply-users.ts';
import { keptAmong, type InstallationOfTenant } from '../installations/installation-of-tenant.ts';
import type { SlackClients } from '../slack/slack-clients.ts';
import { peopleOf, type SlackUserRow } from '../slack/slack-people.ts';
import { failureOf, SyncFailure } from '../syncs/sync-failure.ts';
import { linkByHand, SelfLinkRefused, UnknownSlackUser, type Chosen, type DecisionContext } from './link-by-hand.ts';
import type { PersonLink } from './people.ts';
import { lockTenants } from './relink.ts';

const longestMs = 10_000;

export async function linkAskingSlack(
  context: DecisionContext,
  slack: Pick<SlackClients, 'of'>,
  installation: InstallationOfTenant,
  memberId: string,
  chosen: Chosen,
): Promise<PersonLink> {
  try {
    return await linkByHand(context, installation, memberId, chosen);
  } catch (error) {
    if (!(error instanceof UnknownSlackUser) || installation.state !== 'active') throw error;
  }
  const at = Date.now();
  const row = await ask(slack, installation, chosen, context.how);
  const { installationId, tenantId } = installation;
  const { slack_user_id: id, team_id: teamId, ...rest } = row;
  await inTransaction(context.pool, async (client) => {
    await lockTenants(client, [tenantId]);
    if (!(await keptAmong(client, [installationId])).has(installationId)) throw notFound('this installation');
    await applyUsers(client, tenantId, [
      { about: 'user', installationId, id, row: rest, teamId, enterpriseId: undefined, at },
    ]);
  });
  return linkByHand(context, installation, memberId, { slackUserId: id });
}

async function ask(
  slack: Pick<SlackClients, 'of'>,
  installation: InstallationOfTenant,
  chosen: Chosen,
  how: DecisionContext['how'],
): Promise<SlackUserRow> {
  const [path, method, args] =
    'email' in chosen
      ? (['email', 'users.lookupByEmail', { email: chosen.email }] as const)
      : (['slackUserId', 'users.info', { user: chosen.slackUserId }] as const);
  const answer = await call(slack, installation, method, args);
  const refuse = (message: string): Problem => problemOfFields([{ path, message }]);
  const { name } = installation;
  if (!answer.ok) {
    if (answer.failure.scope === 'destination' && how === 'self') throw new SelfLinkRefused('not_a_person');
    if (answer.failure.scope === 'destination')
      throw refuse(
        `no one in ${name} has this ${path === 'email' ? 'address' : 'id'}; they may be deactivated, or have another one in Slack`,
      );
    const { retry, message } = failureOf(method, answer.failure);
    if (retry === 'never')
      throw new Problem(409, 'Conflict', `Slack refuses to say who that is: ${message}; connect ${name} again`);
    throw unavailable('Slack cannot be asked at the moment; try again');
  }
  const user = answer.body['user'];
  const teamId = installation.teamId ?? teamOf(user);
  const [person] = teamId === undefined ? [] : peopleOf([user], teamId);
  if (how === 'self' && !person?.active) throw new SelfLinkRefused(person ? 'deactivated' : 'not_a_person');
  if (!person) throw refuse(`this is no person of ${name} but a bot, or somebody of another workspace`);
  if (!person.active)
    throw refuse(`this person is deactivated in ${name}; choose another one, or activate them in Slack first`);
  return person;
}

async function call(
  slack: Pick<SlackClients, 'of'>,
  installation: InstallationOfTenant,
  method: string,
  args: Record<string, unknown>,
): Promise<SlackAnswer> {
  try {
    return await slack.of(installation).call(method, args, AbortSignal.timeout(longestMs));
  } catch (error) {
    if (error instanceof SyncFailure && error.retry === 'never') throw new Problem(409, 'Conflict', error.message);
    throw unavailable('Slack cannot be asked at the moment; try again', error);
  }
}

/** Of an organisation-wide installation: the workspace of the person. */
function teamOf(user: unknown): string | undefined {
  const team = (user as { team_id?: unknown } | undefined)?.team_id;
  return typeof team === 'string' ? team : undefined;
}
