// Which request bodies a service reads. Promises: JSON, and forms only where the service asks for them, so that a form on
// some other page can't call a route; any other body is refused with 415 before anybody looks at it, except below paths
// that ignore it. The bytes as they came stay in `rawBody` for those who check a signature.
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import { Problem } from './problem.ts';

export type BodyKind = 'json' | 'form';

const mediaTypes = { json: 'application/json', form: 'application/x-www-form-urlencoded' } as const;
const parsers = { json: 'json', form: 'urlencoded' } as const;
const LARGEST_BODY = '1mb';

/** @param ignoredBelow paths below which a body may be of any type, since nobody reads it */
export function readBodies(app: NestExpressApplication, kinds: readonly BodyKind[], ignoredBelow: readonly string[] = []): void {
  const known = kinds.map((kind) => mediaTypes[kind]);
  app.use((request: Request, _response: Response, next: NextFunction) => {
    // False: another type, or none; null: there is no body.
    if (hasBody(request) && !request.is(known) && !ignoredBelow.some((path) => request.path.startsWith(path))) {
      return next(new Problem(415, 'Unsupported Media Type', `the body must be ${known.join(' or ')}, as its content-type says`));
    }
    next();
  });
  for (const kind of kinds) app.useBodyParser(parsers[kind], { limit: LARGEST_BODY, ...(kind === 'form' ? { extended: false } : {}) });
}

const hasBody = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] !== undefined && headers['content-length'] !== '0');
