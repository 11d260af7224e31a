/**
 * `/_sim/*`: the routes with which tests, benchmarks and people control the simulated Slack. Bad input is answered with
 * 400 and a problem that names the field.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody, respondJson, respondProblem } from '../http.ts';
import type { Simulation } from '../simulation.ts';
import { parse, Refused } from './refused.ts';
import { routes } from './routes.ts';

export async function control(
  sim: Simulation,
  path: string,
  query: string,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const route = routes[`${req.method ?? 'GET'} ${path}`];
  if (route === undefined) {
    const known = Object.keys(routes).some((r) => r.endsWith(` ${path}`));
    return respondProblem(
      res,
      known ? 405 : 404,
      known ? 'Method Not Allowed' : 'Not Found',
      `There is no ${req.method} ${path}.`,
    );
  }
  try {
    const text = (await readBody(req)).toString('utf8');
    respondJson(res, 200, await route({ sim, body: parse(text), query: new URLSearchParams(query) }));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    respondProblem(res, error.status, error.status === 404 ? 'Not Found' : 'Bad Request', error.detail, error.errors);
  }
}
