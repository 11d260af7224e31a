// The global module with the providers that every service can inject. Guarantees: where a service declares no database
// or no Kafka, injecting one fails at the start, and the error names the missing token.
import { KafkaBatchServer } from '@carillon/messaging-nest';
import { Publisher } from '@carillon/messaging';
import { OutboxRelay } from '@carillon/persistence';
import type { DynamicModule, InjectionToken } from '@nestjs/common';
import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { AuditController } from '../audit/audit.controller.ts';
import { AuditLog } from '../audit/audit-log.ts';
import { ServiceTokens } from '../auth/service-tokens.ts';
import { HealthController } from '../http/health.controller.ts';
import { OpenApiController } from '../http/openapi.controller.ts';
import { OpenApi } from '../http/openapi.ts';
import { OutboxController } from '../outbox/outbox.controller.ts';
import { Lifecycle } from '../process/lifecycle.ts';
import { Readiness } from '../process/readiness.ts';
import { Tenants } from '../tenants/tenants.ts';
import { CONFIG, DATABASE } from './tokens.ts';

export interface Platform {
  config: object;
  lifecycle: Lifecycle;
  readiness: Readiness;
  openApi: OpenApi;
  tenants?: Tenants;
  audit: AuditLog;
  /**
   * Whether the service's database has the audit table, and its outbox, so that `GET /v1/audit` and the routes of the
   * outbox exist.
   */
  auditTable: boolean;
  dataSource?: DataSource;
  pool?: Pool;
  publisher?: Publisher;
  outboxRelay?: OutboxRelay;
  consumers?: KafkaBatchServer;
  serviceTokens?: ServiceTokens;
}

export class PlatformModule {
  static of(platform: Platform): DynamicModule {
    const given: [InjectionToken, unknown][] = [
      [CONFIG, platform.config],
      [Lifecycle, platform.lifecycle],
      [Readiness, platform.readiness],
      [OpenApi, platform.openApi],
      [Tenants, platform.tenants],
      [AuditLog, platform.audit],
      [DataSource, platform.dataSource],
      [DATABASE, platform.pool],
      [Publisher, platform.publisher],
      [OutboxRelay, platform.outboxRelay],
      [KafkaBatchServer, platform.consumers],
      [ServiceTokens, platform.serviceTokens],
    ];
    const providers = given
      .filter(([, value]) => value !== undefined)
      .map(([provide, useValue]) => ({ provide, useValue }));
    return {
      module: PlatformModule,
      global: true,
      controllers: [
        HealthController,
        OpenApiController,
        ...(platform.auditTable ? [AuditController, OutboxController] : []),
      ],
      providers,
      exports: providers.map(({ provide }) => provide),
    };
  }
}
