// The table of contents of this service: its consumers, controllers and providers.
import { Module } from '@nestjs/common';
import {
  channelChanged,
  destinationChanged,
  installationChanged,
  notificationRequested,
  recipientChanged,
} from '@carillon/domain';
import { consume } from '@carillon/messaging-nest';
import { CONFIG, Tenants } from '@carillon/runtime';
import { DataSource } from 'typeorm';
import { BurstWindows } from './bursts/burst-windows.ts';
import { ForgetBursts } from './bursts/forget-bursts.ts';
import { CatalogueRefresh } from './catalogue/catalogue-refresh.ts';
import { Catalogue } from './catalogue/catalogue.ts';
import { ApplyTypesController } from './catalogue/apply-types.controller.ts';
import { CategoriesController } from './catalogue/categories.controller.ts';
import { StoredTypes } from './catalogue/stored-types.ts';
import { readTypes } from './catalogue/read-types.ts';
import { TypesController } from './catalogue/types.controller.ts';
import { CellsController } from './cells/cells.controller.ts';
import type { Config } from './config.ts';
import { AudiencePages } from './fan-out/audience-pages.ts';
import { FanOuts } from './fan-out/fan-outs.ts';
import { RunFanOuts } from './fan-out/run-fan-outs.ts';
import { ForgetDigests } from './digests/forget-digests.ts';
import { RequestDigests } from './digests/request-digests.ts';
import { ExplainController } from './explaining/explain.controller.ts';
import { PastNotificationController } from './explaining/past-notification.controller.ts';
import { WorkflowsController } from './workflows/workflows.controller.ts';
import { RecentEvents } from './workflows/recent-events.ts';
import { Workflows } from './workflows/workflows.ts';
import { PastTimelines } from './explaining/past-timeline.ts';
import { IngestLimits } from './ingestion/ingest-limits.ts';
import { IngestNotifications } from './ingestion/ingest-notifications.ts';
import { NotificationsController } from './ingestion/notifications.controller.ts';
import { DefaultsController } from './preferences/defaults.controller.ts';
import { MemberPreferencesController } from './preferences/member-preferences.controller.ts';
import { Preferences } from './preferences/preferences.ts';
import { DeferredRanges } from './quota/deferred-ranges.ts';
import { QuotaGate } from './quota/quota-gate.ts';
import { ResolveDeferred } from './quota/resolve-deferred.ts';
import { SpareCapacity } from './quota/spare-capacity.ts';
import { ApplyChannels } from './replicas/apply-channels.ts';
import { ApplyDestinations } from './replicas/apply-destinations.ts';
import { ApplyInstallations } from './replicas/apply-installations.ts';
import { ApplyRecipients } from './replicas/apply-recipients.ts';
import { preferencesSweep } from './replicas/preferences-sweep.ts';
import { ContextLoader } from './resolution/context-loader.ts';
import { RequestResolver } from './resolution/request-resolver.ts';
import { ResolvedTopics } from './resolution/resolved-topics.ts';
import { ResolveRequested } from './resolution/resolve-requested.ts';
import { TopicFollowers } from './topics/topic-followers.ts';
import { TopicsController } from './topics/topics.controller.ts';
import { UnsubscribeController } from './unsubscribing/unsubscribe.controller.ts';
import { Unsubscriptions } from './unsubscribing/unsubscriptions.ts';

@Module({
  controllers: [
    consume(installationChanged, ApplyInstallations, { group: 'state' }),
    consume(recipientChanged, ApplyRecipients, { group: 'state' }),
    consume(destinationChanged, ApplyDestinations, { group: 'state' }),
    consume(channelChanged, ApplyChannels, { group: 'state' }),
    // From the beginning: what was requested before this group ever committed must not be lost.
    consume(notificationRequested, ResolveRequested, { after: 'state' }),
    consume(notificationRequested, ResolveDeferred, { group: 'deferred', after: 'state' }),
    TypesController,
    ApplyTypesController,
    CategoriesController,
    CellsController,
    DefaultsController,
    MemberPreferencesController,
    NotificationsController,
    ExplainController,
    PastNotificationController,
    WorkflowsController,
    TopicsController,
    UnsubscribeController,
  ],
  providers: [
    {
      provide: Catalogue,
      inject: [CONFIG, Tenants],
      useFactory: (config: Config, tenants: Tenants) => {
        const { types, categories } = readTypes(config.CATALOGUE_FILE);
        return new Catalogue(types, tenants, categories);
      },
    },
    { provide: StoredTypes, inject: [DataSource], useFactory: (dataSource: DataSource) => new StoredTypes(dataSource) },
    CatalogueRefresh,
    ContextLoader,
    RequestDigests,
    BurstWindows,
    ForgetBursts,
    RequestResolver,
    ResolvedTopics,
    ForgetDigests,
    FanOuts,
    AudiencePages,
    RunFanOuts,
    IngestLimits,
    IngestNotifications,
    DeferredRanges,
    QuotaGate,
    {
      provide: SpareCapacity,
      inject: [CONFIG],
      useFactory: (config: Config) => new SpareCapacity(config.DEFERRED_REQUESTS_PER_SECOND),
    },
    PastTimelines,
    Workflows,
    RecentEvents,
    TopicFollowers,
    Preferences,
    Unsubscriptions,
    // The replicas are consumers above; the sweep has its own of each, since Nest injects no controllers.
    ApplyInstallations,
    ApplyRecipients,
    ApplyDestinations,
    ApplyChannels,
    preferencesSweep(),
  ],
})
export class AppModule {}
