// Applies Slack's events about people and channels within seconds. Guarantees: what an event says is stored, and the
// members that it concerns are linked and published, in one transaction for each tenant; an event that is late, or
// comes again, never undoes what is newer, whether that came by an event or by a list; a channel of which an event says
// too little is asked about later, so that no Slack is called here. Events about workspaces without an installation
// change nothing.
import { Inject, Injectable } from '@nestjs/common';
import type { slackEvent } from '@carillon/domain';
import type { Batch, Handles } from '@carillon/messaging';
import { defineStatement, inTransaction } from '@carillon/persistence';
import { DATABASE } from '@carillon/runtime';
import { eventsApplied } from '../metrics.ts';
import type { Pool } from 'pg';
import { keptAmong } from '../installations/installation-of-tenant.ts';
import { lockTenants } from '../links/relink.ts';
import { applyChannels } from './apply-channels.ts';
import { applyUsers } from './apply-users.ts';
import { AskAboutChannels } from './ask-about-channels.ts';
import { newsOf, type ChannelNews, type DirectoryNews, type Seen, type UserNews } from './directory-news.ts';

interface Installation {
  installationId: string;
  tenantId: string;
  teamId: string | null;
  enterpriseId: string | null;
  isEnterpriseInstall: boolean;
  teamIds: string[];
}

const selectInstallations = defineStatement({
  name: 'events-installations',
  parameters: { teams: 'text[]', enterprises: 'text[]' },
  text: (p) => `
SELECT installation_id AS "installationId", tenant_id AS "tenantId", team_id AS "teamId", enterprise_id AS "enterpriseId",
       is_enterprise_install AS "isEnterpriseInstall", team_ids AS "teamIds"
  FROM installation
 WHERE NOT deleted AND NOT to_be_erased AND state IN ('active', 'lost')
   AND (team_id = ANY (${p.teams}) OR enterprise_id = ANY (${p.enterprises}))`,
});

@Injectable()
export class ApplyDirectoryEvents implements Handles<typeof slackEvent> {
  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    private readonly questions: AskAboutChannels,
  ) {}

  async handle({ records }: Batch<typeof slackEvent>): Promise<void> {
    const news = records.flatMap(({ data }) => newsOf(data) ?? []);
    if (news.length === 0) return;
    const installations = await this.concerned(news);
    const seen = news.flatMap((one) =>
      installations
        .filter((installation) => sees(installation, one))
        .map(({ installationId, tenantId }) => ({ tenantId, news: { ...one, installationId } })),
    );
    let asks = false;
    for (const [tenantId, those] of Map.groupBy(seen, (one) => one.tenantId))
      asks =
        (await this.apply(
          tenantId,
          those.map((one) => one.news),
        )) || asks;
    if (asks) this.questions.wake();
  }

  /** Whether there is something to ask about. */
  private apply(tenantId: string, seen: readonly Seen<DirectoryNews>[]): Promise<boolean> {
    return inTransaction(this.pool, async (client) => {
      await lockTenants(client, [tenantId]);
      // One may have been erased since the installations were read.
      const kept = await keptAmong(client, [...new Set(seen.map(({ installationId }) => installationId))]);
      const those = seen.filter(({ installationId }) => kept.has(installationId));
      const users = those.filter((one): one is Seen<UserNews> => one.about === 'user');
      const channels = those.filter((one): one is Seen<ChannelNews> => one.about === 'channel');
      if (users.length > 0) await applyUsers(client, tenantId, users);
      const asks = channels.length > 0 && (await applyChannels(client, tenantId, channels));
      eventsApplied.inc({ about: 'user' }, users.length);
      eventsApplied.inc({ about: 'channel' }, channels.length);
      return asks;
    });
  }

  private async concerned(news: readonly DirectoryNews[]): Promise<Installation[]> {
    const teams = [...new Set(news.flatMap(({ teamId }) => teamId ?? []))];
    const enterprises = [...new Set(news.flatMap(({ enterpriseId }) => enterpriseId ?? []))];
    return (await this.pool.query<Installation>(selectInstallations({ teams, enterprises }))).rows;
  }
}

function sees(installation: Installation, { teamId, enterpriseId }: DirectoryNews): boolean {
  const { isEnterpriseInstall, teamIds } = installation;
  if (!isEnterpriseInstall) return installation.teamId !== null && installation.teamId === teamId;
  const isOfOrg = installation.enterpriseId !== null && installation.enterpriseId === enterpriseId;
  return isOfOrg && (teamId === undefined || teamIds.includes(teamId));
}
