// The routes that the browser uses: the start page, on to Slack with a cookie, and back with Slack's answer. They are
// public, so a request counts only with the attempt's signature, row and cookie. Guarantees: a genuine request ends at
// its return address, with `?installation=` and `&connection=`, or with `?error=`; no other request is redirected; code
// and state do not get into caches, referrers and logs.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Body, Controller, Get, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { storableText } from '@carillon/domain';
import { answerPage, answerRedirect, Answers, AuditLog, CONFIG, Public, Tenants, withAnswer } from '@carillon/runtime';
import { createLogger } from '@carillon/telemetry';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { memberActor } from '../audit/actors.ts';
import type { Config } from '../config.ts';
import { Installations } from '../installations/installations.ts';
import { requestedScopes } from '../scope-profiles/requested-scopes.ts';
import { SlackRefused, SlackUnavailable } from '../slack-app/errors.ts';
import { SlackApp } from '../slack-app/slack-app.ts';
import { CompleteConnection } from './complete-connection.ts';
import { ConnectionAttempt } from './connection-attempt.entity.ts';
import { ConnectionAttempts } from './connection-attempts.ts';
import { ConnectionRefused, errorCode } from './connection-refusals.ts';
import { invalidLinkPage, startPage } from './start-page.ts';

const text = storableText.max(4000).optional().catch(undefined);
const startQuery = z.object({ connection: text });
const startForm = z.object({ connection: text, proof: text });
const callbackQuery = z.object({ code: text, state: text, error: text });

/** Replaces what an earlier attempt left in the return address. */
const noAnswer = { installation: undefined, connection: undefined, error: undefined };

@Controller('slack/oauth')
@Public()
export class OAuthController {
  private readonly log = createLogger('oauth');
  private readonly action: string;

  constructor(
    private readonly attempts: ConnectionAttempts,
    private readonly completion: CompleteConnection,
    private readonly installations: Installations,
    private readonly slack: SlackApp,
    private readonly tenants: Tenants,
    private readonly audit: AuditLog,
    private readonly dataSource: DataSource,
    @Inject(CONFIG) config: Config,
  ) {
    this.action = `${config.PUBLIC_URL}/slack/oauth/start`;
  }

  @Get('start')
  @Answers({
    status: 200,
    mediaType: 'text/html',
    description: 'A page that names who asks and for what.',
    example: '<!doctype html>…',
  })
  async show(
    @Query({ schema: startQuery }) { connection = '' }: z.infer<typeof startQuery>,
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
  ): Promise<void> {
    const step = await this.attempts.show(connection, request.headers.cookie);
    if (!step) return answerPage(response, 400, invalidLinkPage());
    const { attempt } = step;
    if ('refusal' in step) return this.refuse(response, 'GET /slack/oauth/start', attempt, step.refusal);
    const known = await this.knownInstallation(attempt);
    const page = startPage({
      tenantName: this.tenants.nameOf(attempt.tenantId),
      memberId: attempt.memberId,
      installationName: attempt.name ?? known?.name,
      profile: attempt.profile,
      action: this.action,
      link: connection,
      proof: step.proof,
      expiresAt: attempt.expiresAt,
    });
    answerPage(response, 200, page, step.cookie);
  }

  @Post('start')
  @Answers({ status: 303, mediaType: null, description: 'To Slack, or back to `returnTo` with `?error=`.' })
  async start(
    @Body({ schema: startForm }) { connection = '', proof = '' }: z.infer<typeof startForm>,
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
  ): Promise<void> {
    const step = await this.attempts.open(connection, proof, request.headers.cookie);
    if (!step) return answerPage(response, 400, invalidLinkPage());
    const { attempt } = step;
    if ('refusal' in step) return this.refuse(response, 'POST /slack/oauth/start', attempt, step.refusal);
    const known = await this.knownInstallation(attempt);
    const team = known?.isEnterpriseInstall ? known.enterpriseId : known?.teamId;
    const scopes = requestedScopes(attempt.profile);
    answerRedirect(response, this.slack.authorizeUrl(scopes, step.state, step.secret, team ?? undefined), step.cookie);
  }

  @Get('callback')
  @Answers({
    status: 303,
    mediaType: null,
    description: 'Back to `returnTo`, with `?installation=` and `&connection=`, or with `?error=`.',
  })
  async callback(
    @Query({ schema: callbackQuery }) { code, state, error }: z.infer<typeof callbackQuery>,
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
  ): Promise<void> {
    const step = await this.attempts.use(state ?? '', request.headers.cookie);
    if (!step) return answerPage(response, 400, invalidLinkPage());
    const { attempt } = step;
    if ('refusal' in step) return this.refuse(response, 'GET /slack/oauth/callback', attempt, step.refusal);
    const answer =
      code === undefined ? { error: errorCode(error ?? '') } : await this.complete(attempt, code, step.secret);
    if ('error' in answer) await this.recordRefusal(attempt, answer.error);
    answerRedirect(response, withAnswer(attempt.returnTo, { ...noAnswer, ...answer }), step.clearCookie);
  }

  private async complete(
    attempt: ConnectionAttempt,
    code: string,
    verifier: string,
  ): Promise<{ installation: string; connection: string } | { error: string }> {
    try {
      return { installation: await this.completion.complete(attempt, code, verifier), connection: attempt.id };
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
    answerRedirect(response, withAnswer(attempt.returnTo, { ...noAnswer, error: reason }));
  }

  /** Once per attempt, which is used from then on. The person is redirected although the database fails. */
  private async recordRefusal(attempt: ConnectionAttempt, reason: string): Promise<void> {
    const { id, tenantId } = attempt;
    try {
      await this.dataSource.transaction(async (manager) => {
        await manager.update(ConnectionAttempt, { id }, { refused: reason });
        await this.audit.record(manager, memberActor(attempt), {
          action: 'connection.refused',
          subject: `connection:${id}`,
          outcome: 'refused',
          tenantId,
          detail: { reason },
        });
      });
    } catch (error) {
      this.log.warn(
        { err: error, tenant: tenantId, reason },
        'a refused connection could not be written into the audit log',
      );
    }
  }

  /** The installation that is to be connected again: Slack preselects its workspace. */
  private async knownInstallation({ tenantId, installationId }: ConnectionAttempt) {
    if (installationId === null) return undefined;
    return this.installations.get(tenantId, installationId).catch(() => undefined);
  }
}
