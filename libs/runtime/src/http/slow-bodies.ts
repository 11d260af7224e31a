// Ends requests whose body does not arrive. Guarantees: thirty seconds after its headers a request whose body is still
// incomplete gets a 408, if nothing was answered yet, and its connection is closed. (Node's own requestTimeout is only
// looked at every thirty seconds.)
import type { NextFunction, Request, Response } from 'express';

const BODY_TIMEOUT_MS = 30_000;

export function endSlowBodies(timeoutMs = BODY_TIMEOUT_MS) {
  return (request: Request, response: Response, next: NextFunction): void => {
    if (request.complete) return next();
    const timer = setTimeout(() => {
      if (request.complete) return;
      if (response.headersSent) {
        request.destroy();
        return;
      }
      response.once('finish', () => request.destroy());
      response
        .status(408)
        .set('connection', 'close')
        .type('application/problem+json')
        .send(
          JSON.stringify({
            type: 'about:blank',
            title: 'Request Timeout',
            status: 408,
            detail: `the body did not arrive within ${timeoutMs / 1_000} s`,
          }),
        );
    }, timeoutMs);
    // A request that was answered before its body came may never say that it is closed.
    timer.unref();
    request.once('close', () => clearTimeout(timer));
    next();
  };
}
