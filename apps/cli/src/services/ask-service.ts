// One HTTP request to a service. Guarantees: whatever is not a successful answer is a UserError that names the service
// and repeats what its problem document says.
import { z } from 'zod';
import { printableLine } from '../printable.ts';
import { UserError } from '../terminal.ts';
import type { Service } from './find-services.ts';

export interface JsonAnswer {
  ok: boolean;
  status: number;
  body: unknown;
}

export interface ServiceRequest<T> {
  token: string;
  path: string;
  /** Present: the request is a POST. */
  body?: object;
  answer: z.ZodType<T>;
  /** The roles that the route asks for, in words: `the role operator`. */
  needs: string;
}

/** The answer as it came, and as far as it is shown. */
export const asItCame = <T>(shown: z.ZodType<T>): z.ZodType<{ shown: T; body: unknown }> =>
  z.unknown().transform((body, context) => {
    const result = shown.safeParse(body);
    if (result.success) return { shown: result.data, body };
    context.issues.push({ code: 'custom', message: 'unknown shape', input: body });
    return z.NEVER;
  });

/** Undefined: the service answered 404. */
export async function askService<T>(service: Service, request: ServiceRequest<T>): Promise<T | undefined> {
  const { token, path, body, needs } = request;
  const answer = await fetchJson(`${service.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (answer.status === 404) return undefined;
  if (!answer.ok) {
    const refused = answer.status === 401 || answer.status === 403;
    throw new UserError(
      `${service.name} answered ${answer.status}${problemText(answer.body)}${refused ? `; CARILLON_TOKEN needs ${needs}` : ''}`,
      answer.status === 400 ? 2 : 1,
    );
  }
  const result = request.answer.safeParse(answer.body);
  if (!result.success)
    throw new UserError(
      `the answer of ${service.name} to ${path.split('?', 1)[0]} has an unknown shape: is this carillon as new as the service?`,
    );
  return result.data;
}

const LARGEST_PAGE = 200;

export interface ListRequest<T> extends Omit<ServiceRequest<T>, 'path' | 'body' | 'answer'> {
  /** Without a query. */
  path: string;
  query?: Record<string, string>;
  item: z.ZodType<T>;
  /** Default: all. */
  atMost?: number;
}

/** The items of a list, page after page. Undefined: the service answered 404. */
export async function askPages<T>(service: Service, request: ListRequest<T>): Promise<T[] | undefined> {
  const { path, query = {}, item, atMost = Infinity, ...asked } = request;
  const answer = z.object({ items: z.array(item), nextCursor: z.string().nullable() });
  const found: T[] = [];
  for (let cursor: string | null = ''; cursor !== null && found.length < atMost; ) {
    const limit = String(Math.min(LARGEST_PAGE, atMost - found.length));
    const search: URLSearchParams = new URLSearchParams({ ...query, limit, ...(cursor && { cursor }) });
    const page: z.infer<typeof answer> | undefined = await askService(service, {
      ...asked,
      path: `${path}?${search.toString()}`,
      answer,
    });
    if (!page) return undefined;
    found.push(...page.items);
    cursor = page.nextCursor;
  }
  return found;
}

const problem = z.object({
  title: z.string().optional().catch(undefined),
  detail: z.string().optional().catch(undefined),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).catch([]),
});

/** With a line for each field that is wrong. */
function problemText(body: unknown): string {
  const { data } = problem.safeParse(body);
  if (!data) return '';
  const { title, detail = title, errors } = data;
  const lines = errors.map(({ path, message }) => `\n  ${printableLine(`${path || '(the request)'}: ${message}`)}`);
  return `${detail === undefined ? '' : `: ${printableLine(detail)}`}${lines.join('')}`;
}

export async function fetchJson(url: string, init: RequestInit): Promise<JsonAnswer> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(20_000) });
    return { ok: response.ok, status: response.status, body: await response.json().catch(() => undefined) };
  } catch (error) {
    const { cause, message } = error as Error;
    const server = URL.canParse(url) ? new URL(url).origin : url;
    throw new UserError(`${server} does not answer: ${cause instanceof Error ? cause.message : message}`);
  }
}
