// The security headers of every answer of every service: a browser neither runs, frames nor reinterprets it. A page
// that needs more (a script, a form) sets its own content-security-policy.
import helmet from 'helmet';
import type { RequestHandler } from 'express';

export const securityHeaders = (): RequestHandler =>
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"] },
    },
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
  }) as RequestHandler;
