// The routes that read and change the policy of a tenant for the links of its members.
import { Answers, AuditLog, Caller, DATABASE, Roles, tenantOf, type Identity } from '@carillon/runtime';
import { Body, Controller, Get, Inject, Put } from '@nestjs/common';
import type { Pool } from 'pg';
import { changePolicy } from './change-policy.ts';
import { directoryPolicy, policyOf, type DirectoryPolicy } from './directory-policy.ts';

const example: DirectoryPolicy = { guests: 'multi_channel', selfLink: true };

@Controller('v1/directory-policy')
export class DirectoryPolicyController {
  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    private readonly audit: AuditLog,
  ) {}

  @Get()
  @Answers({ body: directoryPolicy, example })
  @Roles('owner', 'security_admin', 'admin')
  get(@Caller() caller: Identity): Promise<DirectoryPolicy> {
    return policyOf(this.pool, tenantOf(caller));
  }

  @Put()
  @Answers({ body: directoryPolicy, example })
  @Roles('owner', 'security_admin')
  async put(
    @Caller() caller: Identity,
    @Body({ schema: directoryPolicy }) policy: DirectoryPolicy,
  ): Promise<DirectoryPolicy> {
    const tenantId = tenantOf(caller);
    await changePolicy(this.pool, this.audit, caller, tenantId, policy);
    return policy;
  }
}
