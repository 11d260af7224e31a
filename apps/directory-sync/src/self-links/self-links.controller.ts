// The route with which a member begins to link their own Slack account, and the one to which Slack sends the browser
// back. The second one is public, so a request counts only with the state, the row and the cookie of the attempt.
// Guarantees: a genuine request ends at its return address, with `?linked=` or `?error=`, or at a page that says the
// same; no other request is redirected; code and state do not get into caches, referrers and logs.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isStorable, storableText } from '@carillon/domain';
import {
  answerPage,
  answerRedirect,
  Answers,
  AuditLog,
  Caller,
  DATABASE,
  escapeHtml,
  htmlPage,
  Problem,
  Public,
  Roles,
  tenantOf,
  withAnswer,
  type Identity,
} from '@carillon/runtime';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { Pool } from 'pg';
import { z } from 'zod';
import { installationOfTenant } from '../installations/installation-of-tenant.ts';
import type { SelfLinkAttempt } from './self-link-attempts.ts';
import { refusals, type Refusal } from './self-link-refusals.ts';
import { SELF_LINKING, type SelfLinking } from './self-linking.ts';
import { memberOf } from './self-links.ts';

const selfLinkRequest = z
  .strictObject({
    /** Where the browser goes in the end; without it a page says how it ended. */
    returnTo: z
      .url({ protocol: /^https?$/ })
      .max(2000)
      .refine(isStorable, 'must not contain NUL or half of a surrogate pair')
      .optional(),
  })
  .default({});

/** `url` is to be opened in the browser that got this answer, which has the cookie. */
const begunSelfLink = z.object({ url: z.string(), expiresAt: z.iso.datetime() });

const text = storableText.max(4000).optional().catch(undefined);
const callbackQuery = z.object({ code: text, state: text, error: text });

@Controller()
export class SelfLinksController {
  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    private readonly audit: AuditLog,
    @Inject(SELF_LINKING) private readonly linking: SelfLinking,
  ) {}

  @Post('v1/me/links/:installation')
  @Answers({
    body: begunSelfLink,
    example: {
      url: 'https://slack.com/openid/connect/authorize?response_type=code&scope=openid&state=…',
      expiresAt: '2026-11-26T09:10:00.000Z',
    },
    problems: [404, 409],
  })
  @HttpCode(201)
  @Roles('member', 'admin', 'security_admin', 'owner')
  async begin(
    @Caller() caller: Identity,
    @Param('installation') installationId: string,
    @Body({ schema: selfLinkRequest }) { returnTo }: z.output<typeof selfLinkRequest>,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<z.output<typeof begunSelfLink>> {
    const installation = await installationOfTenant(this.pool, tenantOf(caller), installationId);
    if ('missing' in this.linking) {
      const missing = this.linking.missing.join(', ');
      throw new Problem(409, 'Conflict', `members cannot link themselves here: the service has no ${missing}`);
    }
    const { url, expiresAt, cookie } = await this.linking.links.begin(caller, installation, returnTo);
    response.setHeader('set-cookie', cookie);
    return { url, expiresAt: expiresAt.toISOString() };
  }

  @Get('slack/openid/callback')
  @Public()
  @Answers({
    status: 200,
    mediaType: 'text/html',
    description: 'A page that says whether the account is linked; or back to `returnTo` with `?linked=` or `?error=`.',
    example: '<!doctype html>…',
  })
  async callback(
    @Query({ schema: callbackQuery }) { code, state = '' }: z.output<typeof callbackQuery>,
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
  ): Promise<void> {
    const taken =
      'missing' in this.linking ? undefined : await this.linking.attempts.take(state, request.headers.cookie);
    if ('missing' in this.linking || !taken) return answerPage(response, 400, unknownLinkPage());
    const { attempt, refusal, clearCookie } = taken;
    if (refusal !== undefined) {
      // Anybody with the address may repeat this request, so refusals are counted and written once in a while.
      this.audit.recordRefusal(memberOf(attempt), { route: 'GET /slack/openid/callback', reason: refusal });
      return answerRefusal(response, attempt, refusal);
    }
    const ended = await this.linking.links.complete(attempt, code);
    if ('refusal' in ended) return answerRefusal(response, attempt, ended.refusal, clearCookie);
    const { returnTo, installationId } = attempt;
    if (returnTo === null) return answerPage(response, 200, linkedPage(ended.name), clearCookie);
    answerRedirect(response, withAnswer(returnTo, { error: undefined, linked: installationId }), clearCookie);
  }
}

function answerRefusal(response: ServerResponse, { returnTo }: SelfLinkAttempt, code: Refusal, cookie?: string): void {
  if (returnTo === null) return answerPage(response, 400, refusedPage(code), cookie);
  answerRedirect(response, withAnswer(returnTo, { linked: undefined, error: code }), cookie);
}

const title = 'Link your Slack account';
const linkedPage = (name: string): string =>
  htmlPage(
    title,
    `<h1>Your Slack account is linked</h1><p>Notifications reach you in ${escapeHtml(name)} from now on. You can close this page.</p>`,
  );
const refusedPage = (code: Refusal): string =>
  htmlPage(title, `<h1>Your Slack account was not linked</h1><p>${escapeHtml(refusals[code])}</p>`);
/** For a link that is not genuine, so that nobody is sent anywhere. */
const unknownLinkPage = (): string =>
  htmlPage(title, '<h1>This link is not valid any more</h1><p>Go back, and link your Slack account again.</p>');
