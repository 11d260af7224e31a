// The answers to who cannot be identified (401), and while nobody can be (503). Neither repeats any part of a token.
import { Problem } from '../http/problem.ts';

export const unauthorized = (detail: string): Problem =>
  new Problem(401, 'Unauthorized', detail, undefined, { headers: { 'www-authenticate': 'Bearer' } });

export const providerUnavailable = (cause: unknown): Problem =>
  new Problem(503, 'Service Unavailable', 'the identity provider does not answer', undefined, {
    cause,
    headers: { 'retry-after': '2' },
  });
