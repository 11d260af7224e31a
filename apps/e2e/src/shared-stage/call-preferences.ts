// Calls of the preferences service as one person.
import { stage } from './context.ts';

interface Answer<T> {
  status: number;
  body: T;
}

interface Person {
  tenant: string;
  sub: string;
  roles: readonly ('owner' | 'admin' | 'member' | 'operator')[];
}

export async function preferences<T = unknown>(
  { tenant, sub, roles }: Person,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer<T>> {
  const token = await stage.playground.token({ tenant, sub, roles: [...roles] });
  const answer = await fetch(`${stage.playground.service('preferences').url}/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: (text ? JSON.parse(text) : undefined) as T };
}
