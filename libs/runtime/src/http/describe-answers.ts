// Fills in the answers of every operation of an OpenAPI document: the one that @Answers declares, and the problems that
// follow from the route. Guarantees: what is common to all routes is decided here once. A problem that a handler throws
// for reasons of its own stands in @Answers.
import type { OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { answerOf, type OtherStatus, type RouteAnswer } from './answers.ts';
import { bodyRulesOf } from './body-rules.ts';
import { problemKinds, type ProblemStatus } from './problem-kinds.ts';
import type { Route } from './routes.ts';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Responses = Operation['responses'];

const reads = new Set(['GET', 'HEAD', 'OPTIONS']);

export function describeAnswers(operation: Operation, route: Route): void {
  const answer = answerOf(route.target);
  operation.responses = {
    ...(answer && { [String(statusOf(answer, route))]: responseOf(answer) }),
    ...problemsOf(operation, route, answer),
    ...Object.fromEntries((answer?.also ?? []).map((other) => [String(other.status), otherResponseOf(other)])),
  };
  describeBody(operation, route);
}

function describeBody({ requestBody }: Operation, { target }: Route): void {
  const rules = bodyRulesOf(target);
  if (!rules || !requestBody || !('content' in requestBody)) return;
  requestBody.description = `At most ${rules.maxBytes} bytes.`;
  for (const mediaType of rules.alsoTakes ?? [])
    requestBody.content[mediaType] = { schema: { description: 'As application/json.' } };
  for (const mediaType of rules.asBytes ?? []) requestBody.content[mediaType] = { schema: { type: 'string' } };
}

const statusOf = (answer: RouteAnswer, { httpCode, method }: Route): number =>
  answer.status ?? httpCode ?? (method === 'POST' ? 201 : 200);

function responseOf(answer: RouteAnswer): Responses[string] {
  const { description = 'Done.' } = answer;
  if ('mediaType' in answer)
    return answer.mediaType === null
      ? { description }
      : { description, content: { [answer.mediaType]: { schema: { type: 'string' }, example: answer.example } } };
  return { description, content: { 'application/json': { schema: schemaOf(answer.body), example: answer.example } } };
}

const otherResponseOf = ({ description, mediaType = 'application/json', body, example }: OtherStatus) => ({
  description,
  content: { [mediaType]: { schema: schemaOf(body), example } },
});

const schemaOf = (schema: z.ZodType): object =>
  z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'output', unrepresentable: 'any' });

function problemsOf(
  { parameters = [], requestBody }: Operation,
  route: Route,
  answer: RouteAnswer | undefined,
): Responses {
  const isGuarded = route.access !== 'public';
  const kinds = parameters.map((parameter) => ('in' in parameter ? parameter.in : ''));
  const statuses = new Set<ProblemStatus>(answer?.problems ?? []);
  if (kinds.includes('query') || requestBody) statuses.add(400);
  if (requestBody) statuses.add(413).add(415);
  if (isGuarded) statuses.add(401).add(403);
  if (isGuarded && kinds.includes('path')) statuses.add(404);
  if (isGuarded && !reads.has(route.method)) statuses.add(429);
  return Object.fromEntries([...statuses].sort((a, b) => a - b).map((status) => [String(status), problemOf(status)]));
}

const problemOf = (status: ProblemStatus): Responses[string] => ({
  description: problemKinds[status].title,
  content: {
    'application/problem+json': {
      schema: { $ref: '#/components/schemas/Problem' },
      example: { type: 'about:blank', title: problemKinds[status].title, status, ...exampleOf(status) },
    },
  },
});

const exampleOf = (status: ProblemStatus): object =>
  status === 400 ? { detail: 'not valid: limit', errors: [{ path: 'limit', message: 'must be at most 200' }] } : {};

/** What is missing in a document, as a spec wants it: nothing. */
export function undocumentedAnswers({ paths }: OpenAPIObject): string[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Operation>).flatMap(([method, { responses }]) => {
      const name = `${method.toUpperCase()} ${path}`;
      const good = Object.entries(responses).filter(([status]) => /^[23]/.test(status));
      if (good.length === 0) return [`${name}: no answer (@Answers)`];
      return good.flatMap(([status, response]) => faultsOf(response).map((fault) => `${name} ${status}: ${fault}`));
    }),
  );
}

function faultsOf(response: Responses[string] | undefined): string[] {
  const media = response && 'content' in response ? Object.values(response.content ?? {}) : [];
  return media.flatMap(({ schema, example }) => {
    if (schema === undefined) return ['no schema'];
    if (example === undefined) return ['no example'];
    const fault = answerFault(schema, example);
    return fault === undefined ? [] : [`the example does not match the schema: ${fault}`];
  });
}

/** Why an answer does not match its schema in the document. Patterns are not compared: zod reads them without `u`. */
export function answerFault(schema: object, answer: unknown): string | undefined {
  const plain = JSON.parse(
    JSON.stringify(schema, (key, value: unknown) => (key === 'pattern' ? undefined : value)),
  ) as {
    type: 'object';
  };
  const read = z.fromJSONSchema(plain, { defaultTarget: 'openapi-3.0' }).safeParse(answer);
  return read.success ? undefined : z.prettifyError(read.error);
}
