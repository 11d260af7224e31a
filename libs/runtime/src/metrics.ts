// The metrics of this library. Names follow OpenTelemetry's HTTP conventions where these define one.
import { counter, histogram } from '@carillon/telemetry';

const routes = { atMost: 200, of: 'routes' } as const;
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

export const requestDuration = histogram({
  name: 'http.server.request.duration',
  unit: 's',
  help: 'Time to answer a request; 499 where the client did not wait',
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  labels: {
    'http.request.method': methods,
    'http.route': routes,
    'http.response.status_code': { atMost: 40, of: 'status codes' },
  },
});
export const rateLimited = counter({
  name: 'http.requests.rate_limited',
  unit: '{request}',
  help: 'Requests refused with 429, by the limit they met',
  labels: { limit: ['caller', 'tenant'] },
});
export const unauthenticated = counter({
  name: 'http.requests.unauthenticated',
  unit: '{request}',
  help: 'Requests refused with 401, by route',
  labels: { route: { atMost: 200, of: 'methods and routes' } },
});
export const replicaRowsSwept = counter({
  name: 'carillon.replica.rows_swept',
  unit: '{row}',
  help: 'Rows of a replica that were deleted because their key was not in the topic',
  labels: { topic: { atMost: 10, of: 'compacted topics' } },
});
