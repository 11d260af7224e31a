// GET and POST /v1/unsubscribe/{token}: the target of the link in an e-mail. Guarantees: GET changes nothing, since
// mail filters follow links. One button, or the one-click request of a mail program (RFC 8058), unsubscribes, without
// script and without signing in. For a type that cannot be muted the page says so.
import { Controller, Get, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import type { NotificationType, Tenant } from '@carillon/domain';
import { readUnsubscribeToken, type Unsubscribable } from '@carillon/domain/unsubscribe-token';
import { Answers, CONFIG, Public, Tenants } from '@carillon/runtime';
import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { Catalogue } from '../catalogue/catalogue.ts';
import type { Config } from '../config.ts';
import { askingPage, donePage, mandatoryTypePage, notValidPage } from './pages.ts';
import { isAboutAPerson, Unsubscriptions } from './unsubscriptions.ts';

export const unsubscribePath = 'v1/unsubscribe';

/** Whatever a link was made of: what is no token leads to the page that says so. */
const place = z.object({ token: z.string().max(4_000).catch('') });

const securityHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
};

interface Asked {
  subject: Unsubscribable;
  tenant: Tenant;
  type: NotificationType;
}

@Controller(unsubscribePath)
@Public()
export class UnsubscribeController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly catalogue: Catalogue,
    private readonly tenants: Tenants,
    private readonly unsubscriptions: Unsubscriptions,
  ) {}

  @Get(':token')
  @Answers({
    mediaType: 'text/html',
    example: '<!doctype html>…',
    description: 'A page with a button. 404, as a page: the link is not valid.',
  })
  show(@Param({ schema: place }) { token }: z.output<typeof place>, @Res() response: ServerResponse): void {
    const asked = this.asked(token);
    if (!asked) answer(response, 404, notValidPage());
    else if (!asked.type.mutable) answer(response, 200, mandatoryTypePage(asked.type, asked.tenant));
    else answer(response, 200, askingPage(asked.type, asked.tenant));
  }

  @Post(':token')
  @Answers({
    mediaType: 'text/html',
    example: '<!doctype html>…',
    description: 'Unsubscribed. 404 and 409, as pages: the link is not valid, the type is mandatory.',
  })
  @HttpCode(200)
  async unsubscribe(
    @Param({ schema: place }) { token }: z.output<typeof place>,
    @Res() response: ServerResponse,
  ): Promise<void> {
    const asked = this.asked(token);
    if (!asked) return answer(response, 404, notValidPage());
    if (!asked.type.mutable) return answer(response, 409, mandatoryTypePage(asked.type, asked.tenant));
    await this.unsubscriptions.add(asked.subject, asked.type);
    answer(response, 200, donePage(asked.type, asked.tenant));
  }

  private asked(token: string): Asked | undefined {
    const key = this.config.UNSUBSCRIBE_KEY;
    const subject = key === undefined ? undefined : readUnsubscribeToken(key, token);
    if (!subject || !isAboutAPerson(subject.recipient)) return undefined;
    const tenant = this.tenants.get(subject.tenantId);
    const type = this.catalogue.type(subject.type);
    return tenant && type && { subject, tenant, type };
  }
}

function answer(response: ServerResponse, status: number, page: string): void {
  response.writeHead(status, { ...securityHeaders, 'content-length': Buffer.byteLength(page) }).end(page);
}
