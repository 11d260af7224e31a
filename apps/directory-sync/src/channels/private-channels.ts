// The private channels that a person may choose from: those of the installations that the person connected, in which
// both the person and the app are. Guarantees: Slack says so at the moment, and nobody else's channels are in the
// answer; what Slack says is remembered for a minute, for as many people as a process serves at a time.
import { Inject, Injectable } from '@nestjs/common';
import { defineStatement } from '@carillon/persistence';
import { DATABASE, unavailable } from '@carillon/runtime';
import type { Pool } from 'pg';
import { listPages } from '../slack/list-pages.ts';
import { SlackClients, type CallingInstallation } from '../slack/slack-clients.ts';
import { channelsOf } from '../slack/slack-people.ts';
import { SyncFailure } from '../syncs/sync-failure.ts';
import type { Channel } from './channel.ts';

const rememberedMs = 60_000;
const mostRemembered = 500;
const longestMs = 20_000;
/** Nobody chooses from more. */
const mostChannels = 2_000;

interface Connected extends CallingInstallation {
  slackUser: string;
  teamIds: string[];
}

const selectConnected = defineStatement({
  parameters: { tenantId: 'text', memberId: 'text', installation: 'text?' },
  text: (p) => `
SELECT installation_id AS "installationId", tenant_id AS "tenantId", team_id AS "teamId", enterprise_id AS "enterpriseId",
       connected_by_slack_user AS "slackUser", team_ids AS "teamIds"
  FROM installation
 WHERE tenant_id = ${p.tenantId} AND NOT deleted AND NOT to_be_erased AND state = 'active'
   AND connected_by = ${p.memberId} AND connected_by_slack_user IS NOT NULL AND 'groups:read' = ANY (scopes)
   AND (${p.installation} IS NULL OR installation_id = ${p.installation})
 ORDER BY installation_id`,
});

@Injectable()
export class PrivateChannels {
  private readonly remembered = new Map<string, { until: number; channels: Promise<Channel[]> }>();

  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    private readonly slack: SlackClients,
  ) {}

  /** In the order of their names. Throws Problem 503 where Slack does not answer. */
  async of(tenantId: string, memberId: string, installation: string | undefined): Promise<Channel[]> {
    const { rows } = await this.pool.query<Connected>(selectConnected({ tenantId, memberId, installation }));
    const all = (await Promise.all(rows.map((one) => this.in(one)))).flat();
    return all.sort(
      (a, b) => compare(a.name, b.name) || compare(a.installationId, b.installationId) || compare(a.id, b.id),
    );
  }

  private in(installation: Connected): Promise<Channel[]> {
    const key = `${installation.installationId} ${installation.slackUser}`;
    const now = performance.now();
    const before = this.remembered.get(key);
    if (before && before.until > now) return before.channels;
    if (this.remembered.size >= mostRemembered) this.remembered.clear();
    const channels = this.ask(installation);
    this.remembered.set(key, { until: now + rememberedMs, channels });
    channels.catch(() => this.remembered.delete(key));
    return channels;
  }

  private async ask(installation: Connected): Promise<Channel[]> {
    const { installationId, slackUser, teamId, teamIds } = installation;
    const slack = this.slack.of(installation);
    const signal = AbortSignal.timeout(longestMs);
    const found: Channel[] = [];
    try {
      for (const team of teamId === null ? teamIds : [teamId]) {
        const args = {
          user: slackUser,
          types: 'private_channel',
          exclude_archived: true,
          team_id: team,
        };
        for await (const { body } of listPages(
          { call: (...call) => slack.call(...call), signal },
          'users.conversations',
          args,
        )) {
          for (const { channel_id: id, name, private: isPrivate, archived } of channelsOf(body['channels'], team))
            if (isPrivate && !archived)
              found.push({ installationId, id, teamId: team, name, private: true, member: true });
          if (found.length >= mostChannels) return found.slice(0, mostChannels);
        }
      }
    } catch (error) {
      // The person is in none of it any more: there is nothing to choose from.
      if (error instanceof SyncFailure && error.retry === 'never') return found;
      throw unavailable('Slack cannot be asked for private channels at the moment; try again', error);
    }
    return found;
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
