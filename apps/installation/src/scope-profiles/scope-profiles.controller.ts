// The scope profiles an admin may choose from, each scope with its reason.
import { Controller, Get } from '@nestjs/common';
import { Roles } from '@carillon/runtime';
import { scopeProfileViews, type ScopeProfileView } from './requested-scopes.ts';

@Controller('v1/scope-profiles')
export class ScopeProfilesController {
  @Get()
  @Roles('owner', 'security_admin', 'admin', 'member')
  list(): { items: readonly ScopeProfileView[] } {
    return { items: scopeProfileViews };
  }
}
