// The consumers, providers and controllers of directory-sync.
import { installationChanged, memberChanged, slackEvent } from '@carillon/domain';
import { consume } from '@carillon/messaging-nest';
import { Module } from '@nestjs/common';
import { PrivateChannels } from './channels/private-channels.ts';
import { PublishChannels } from './channels/publish-channels.ts';
import { ChannelsController } from './channels/channels.controller.ts';
import { Destinations } from './destinations/destinations.ts';
import { DestinationsController } from './destinations/destinations.controller.ts';
import { ApplyDirectoryEvents } from './events/apply-directory-events.ts';
import { AskAboutChannels } from './events/ask-about-channels.ts';
import { InstallationReplica } from './installations/installation-replica.ts';
import { PeopleController } from './links/people.controller.ts';
import { MemberReplica } from './members/member-replica.ts';
import { MemberWrites } from './members/member-writes.ts';
import { MembersController } from './members/members.controller.ts';
import { DirectoryPolicyController } from './policy/directory-policy.controller.ts';
import { PrivacyController } from './privacy/privacy.controller.ts';
import { directorySweep } from './replicas/directory-sweep.ts';
import { selfLinking } from './self-links/self-linking.ts';
import { SelfLinksController } from './self-links/self-links.controller.ts';
import { SlackClients } from './slack/slack-clients.ts';
import { SyncRunner } from './syncs/sync-runner.ts';
import { SyncsController } from './syncs/syncs.controller.ts';

@Module({
  controllers: [
    consume(installationChanged, InstallationReplica, { group: 'state' }),
    consume(memberChanged, MemberReplica, { group: 'state' }),
    consume(slackEvent, ApplyDirectoryEvents, { after: 'state' }),
    PeopleController,
    MembersController,
    DirectoryPolicyController,
    SelfLinksController,
    PrivacyController,
    SyncsController,
    ChannelsController,
    DestinationsController,
  ],
  // Nest cannot inject the consumers, which are controllers, so the sweep gets instances of its own.
  providers: [
    PrivateChannels,
    PublishChannels,
    MemberWrites,
    Destinations,
    SlackClients,
    AskAboutChannels,
    SyncRunner,
    selfLinking,
    directorySweep,
    MemberReplica,
    InstallationReplica,
  ],
})
export class AppModule {}
