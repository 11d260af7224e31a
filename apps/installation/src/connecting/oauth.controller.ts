// The routes that the browser uses: to Slack with a cookie, and back with Slack's answer. They are public, so a request
// counts only with the attempt's signature, row and cookie. Guarantees: a genuine request is redirected to its return
// address, with `?installation=` or `?error=`; no other request is redirected; code and state do not get into caches,
// referrers and logs.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { storableText } from '@carillon/domain';
import { Answers, AuditLog, Public } from '@carillon/runtime';
import { createLogger } from '@carillon/telemetry';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { memberActor } from '../audit/actors.ts';
import { requestedScopes } from '../scope-profiles/requested-scopes.ts';
import { SlackRefused, SlackUnavailable } from '../slack-app/errors.ts';
import { SlackApp } from '../slack-app/slack-app.ts';
import { Installations } from '../installations/installations.ts';
import { CompleteConnection } from './complete-connection.ts';
import { ConnectionAttempts } from './connection-attempts.ts';
import type { ConnectionAttempt } from './connection-attempt.entity.ts';
import { ConnectionRefused, errorCode } from './connection-refusals.ts';
import { withAnswer } from './return-to.ts';

const text = storableText.max(4000).optional().catch(undefined);
const startQuery = z.object({ connection: text });
const callbackQuery = z.object({ code: text, state: text, error: text });

@Controller('slack/oauth')
@Public()
export class OAuthController {
  private readonly log = createLogger('oauth');

  constructor(
    private readonly attempts: ConnectionAttempts,
    private readonly completion: CompleteConnection,
    private readonly installations: Installations,
    private readonly slack: SlackApp,
    private readonly audit: AuditLog,
    private readonly dataSource: DataSource,
  ) {}

  @Get('start')
  @Answers({ status: 302, mediaType: null, description: 'To Slack, or back to `returnTo` with `?error=`.' })
  async start(
    @Query({ schema: startQuery }) { connection }: z.infer<typeof startQuery>,
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
  ): Promise<void> {
    const step = await this.attempts.open(connection ?? '', request.headers.cookie);
    if (!step) return explain(response);
    const { attempt } = step;
    if ('refusal' in step) return this.refuse(response, 'GET /slack/oauth/start', attempt, step.refusal);
    const url = this.slack.authorizeUrl(requestedScopes(attempt.profile), step.state, await this.teamOf(attempt));
    redirect(response, url, step.cookie);
  }

  @Get('callback')
  @Answers({ status: 302, mediaType: null, description: 'Back to `returnTo`, with `?installation=` or `?error=`.' })
  async callback(
    @Query({ schema: callbackQuery }) { code, state, error }: z.infer<typeof callbackQuery>,
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
  ): Promise<void> {
    const step = await this.attempts.use(state ?? '', request.headers.cookie);
    if (!step) return explain(response);
    const { attempt } = step;
    if ('refusal' in step) return this.refuse(response, 'GET /slack/oauth/callback', attempt, step.refusal);
    const answer = code === undefined ? { error: errorCode(error ?? '') } : await this.complete(attempt, code);
    if ('error' in answer) await this.recordRefusal(attempt, answer.error);
    redirect(response, withAnswer(attempt.returnTo, answer), step.clearCookie);
  }

  private async complete(
    attempt: ConnectionAttempt,
    code: string,
  ): Promise<{ installation: string } | { error: string }> {
    try {
      return { installation: await this.completion.complete(attempt, code) };
    } catch (error) {
      if (error instanceof ConnectionRefused || error instanceof SlackRefused || error instanceof SlackUnavailable) {
        this.log.warn(
          { tenant: attempt.tenantId, code: error.code, detail: error.message },
          'a workspace was not connected',
        );
        return { error: errorCode(error.code) };
      }
      this.log.error({ tenant: attempt.tenantId, err: error }, 'a workspace was not connected');
      return { error: 'internal_error' };
    }
  }

  /** Anybody with the link may repeat this request, so refusals are counted and written once in a while. */
  private refuse(response: ServerResponse, route: string, attempt: ConnectionAttempt, reason: string): void {
    this.audit.recordRefusal(memberActor(attempt), { route, reason });
    redirect(response, withAnswer(attempt.returnTo, { error: reason }));
  }

  /** Once per attempt, which is used from then on. The person is redirected although the database fails. */
  private async recordRefusal(attempt: ConnectionAttempt, reason: string): Promise<void> {
    const { id, tenantId } = attempt;
    try {
      await this.dataSource.transaction((manager) =>
        this.audit.record(manager, memberActor(attempt), {
          action: 'connection.refused',
          subject: `connection:${id}`,
          outcome: 'refused',
          tenantId,
          detail: { reason },
        }),
      );
    } catch (error) {
      this.log.warn(
        { err: error, tenant: tenantId, reason },
        'a refused connection could not be written into the audit log',
      );
    }
  }

  /** Makes Slack preselect the workspace that is to be connected again. */
  private async teamOf({ tenantId, installationId }: ConnectionAttempt): Promise<string | undefined> {
    if (installationId === null) return undefined;
    return (await this.installations.get(tenantId, installationId).catch(() => undefined))?.teamId ?? undefined;
  }
}

const securityHeaders = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };

function redirect(response: ServerResponse, location: string, cookie?: string): void {
  response
    .writeHead(302, { ...securityHeaders, location, ...(cookie !== undefined && { 'set-cookie': cookie }) })
    .end();
}

function explain(response: ServerResponse): void {
  response
    .writeHead(400, {
      ...securityHeaders,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'",
    })
    .end(
      '<!doctype html><title>Carillon</title><p>This link is not valid any more. Go back to the settings page and connect Slack again.</p>',
    );
}
