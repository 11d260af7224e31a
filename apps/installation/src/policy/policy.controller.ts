// The routes that read and change the policy of a tenant.
import { Body, Controller, Get, Put } from '@nestjs/common';
import { Answers, Caller, Roles, tenantOf, type Identity } from '@carillon/runtime';
import { Policies, policyTerms, type PolicyTerms } from './policies.ts';

@Controller('v1/policy')
export class PolicyController {
  constructor(private readonly policies: Policies) {}

  @Get()
  @Answers({ body: policyTerms, example: { maxInstallations: 10, requireWorkspaceAdmin: true } })
  @Roles('owner', 'security_admin', 'admin')
  async get(@Caller() caller: Identity): Promise<PolicyTerms> {
    return this.policies.get(tenantOf(caller));
  }

  @Put()
  @Answers({ body: policyTerms, example: { maxInstallations: 10, requireWorkspaceAdmin: true } })
  @Roles('owner', 'security_admin')
  async put(@Caller() caller: Identity, @Body({ schema: policyTerms }) terms: PolicyTerms): Promise<PolicyTerms> {
    return this.policies.put(tenantOf(caller), terms, caller);
  }
}
