// Turns whatever a request handler throws into problem+json. Guarantees: each answer has the trace id, by which the
// request is found in logs and traces; a defect tells the caller nothing else; an unavailable dependency or a locked
// row is a 503 with Retry-After, not a 500; a 403 and a 404 of an identified caller are in the audit log, as the
// guard's refusals are: a 404 may hide another tenant's object, and many of them are a search for ids.
import { isDatabaseUnavailable, takesTooLong } from '@carillon/persistence';
import { createLogger, traceContextOf, traceIdOf } from '@carillon/telemetry';
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { AuditLog } from '../audit/audit-log.ts';
import { identityOfRequest } from '../auth/identity.ts';
import { routeOf } from './http-telemetry.ts';
import { isProblemStatus, problemKinds } from './problem-kinds.ts';
import { lockedProblem, Problem, refusalReasonOf, unavailable } from './problem.ts';

@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly log = createLogger('http');

  constructor(private readonly audit: Pick<AuditLog, 'recordRefusal'>) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const problem = problemOf(error);
    if (problem.status >= 500) {
      this.log.error(
        { err: error, method: request.method, route: routeOf(request), status: problem.status },
        'a request failed',
      );
    }
    // Others only where the route says that the audit log wants them: most are mistakes in a request.
    if (problem.status === 403 || problem.status === 404 || problem.options.refusalReason !== undefined)
      this.recordRefusal(request, problem);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const document = problem.toDocument();
    const traceId = traceIdOf(traceContextOf().traceparent);
    if (traceId) document.traceId = traceId;
    response
      .status(problem.status)
      .set(problem.options.headers ?? {})
      .type('application/problem+json')
      .send(JSON.stringify(document));
  }

  /** The guard has recorded its own refusals: a caller whom it refused has no identity here. */
  private recordRefusal(request: Request, problem: Problem): void {
    const caller = identityOfRequest(request);
    if (!caller) return;
    const route = `${request.method} ${routeOf(request)}`;
    this.audit.recordRefusal(caller, { route, status: problem.status, reason: refusalReasonOf(problem) });
  }
}

export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof HttpException) return problemOfHttpException(error);
  const { status, expose, message, retry } = error as {
    status?: unknown;
    expose?: unknown;
    message?: string;
    retry?: unknown;
  };
  // body-parser and its kind: their 4xx messages are made for callers.
  if (typeof status === 'number' && status >= 400 && status < 500 && expose === true) {
    return new Problem(status, titleOf(status), message, undefined, { cause: error });
  }
  if (
    isDatabaseUnavailable(error) ||
    retry === 'later' ||
    (typeof retry === 'object' && retry !== null && 'afterMs' in retry)
  ) {
    const seconds =
      typeof retry === 'object' && retry !== null
        ? Math.max(1, Math.ceil((retry as { afterMs: number }).afterMs / 1000))
        : undefined;
    return unavailable('something this request needs is not available at the moment', error, seconds);
  }
  if (takesTooLong(error)) return lockedProblem(error);
  return new Problem(500, titleOf(500), 'this is a defect on our side; the trace id leads to it', undefined, {
    cause: error,
  });
}

function problemOfHttpException(error: HttpException): Problem {
  const status = error.getStatus();
  const said = error.getResponse();
  const message: unknown = typeof said === 'string' ? said : (said as { message?: unknown }).message;
  const detail =
    status >= 500
      ? undefined
      : Array.isArray(message)
        ? message.join('; ')
        : typeof message === 'string'
          ? message
          : undefined;
  return new Problem(status, titleOf(status), detail, undefined, { cause: error });
}

function titleOf(status: number): string {
  if (isProblemStatus(status)) return problemKinds[status].title;
  return status < 500 ? 'Request Refused' : 'Server Error';
}
