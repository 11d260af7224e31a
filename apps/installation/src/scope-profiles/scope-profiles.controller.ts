// The scope profiles an admin may choose from, each scope with its reason.
import { Controller, Get } from '@nestjs/common';
import { Answers, Roles } from '@carillon/runtime';
import { z } from 'zod';
import { scopeProfileView, scopeProfileViews, type ScopeProfileView } from './requested-scopes.ts';

const scopeProfileList = z.object({ items: z.array(scopeProfileView) });

@Controller('v1/scope-profiles')
export class ScopeProfilesController {
  @Get()
  @Answers({
    body: scopeProfileList,
    example: {
      items: [
        {
          name: 'direct',
          title: 'Direct messages',
          scopes: [{ scope: 'chat:write', reason: 'Post the notifications that people asked for.', optional: false }],
          capabilities: [{ name: 'direct_messages', title: 'Send direct messages' }],
        },
      ],
    },
  })
  @Roles('owner', 'security_admin', 'admin', 'member')
  list(): { items: readonly ScopeProfileView[] } {
    return { items: scopeProfileViews };
  }
}
