// The scope profiles an admin may choose from, each scope with its reason.
import { z } from 'zod';
import { scopeProfileNames } from '@carillon/domain';
import { Controller, Get } from '@nestjs/common';
import { Answers, Roles } from '@carillon/runtime';
import { scopeProfileViews, type ScopeProfileView } from './requested-scopes.ts';

const scopeProfileList = z.object({
  items: z.array(
    z.object({
      name: z.enum(scopeProfileNames),
      title: z.string(),
      scopes: z.array(z.object({ scope: z.string(), reason: z.string() })),
    }),
  ),
});

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
          scopes: [{ scope: 'chat:write', reason: 'Post the notifications that people asked for.' }],
        },
      ],
    },
  })
  @Roles('owner', 'security_admin', 'admin', 'member')
  list(): { items: readonly ScopeProfileView[] } {
    return { items: scopeProfileViews };
  }
}
