// A request put together from flags and a JSON file; flags win. Checking its shape is the domain's business.
import { UserError } from '../terminal.ts';

export interface RequestFlags {
  tenant?: string;
  type?: string;
  to?: string[];
  title?: string;
  body?: string;
  link?: string;
  linkLabel?: string;
  fact?: string[];
  data?: string;
  priority?: string;
  expiresAt?: string;
  orderingKey?: string;
  collapseKey?: string;
  threadKey?: string;
  sequence?: string;
}

export function requestFrom(flags: RequestFlags, file: Record<string, unknown> = {}): Record<string, unknown> {
  const request: Record<string, unknown> = { ...file };
  const set = (name: string, value: unknown): void => {
    if (value !== undefined) request[name] = value;
  };
  set('tenantId', flags.tenant);
  set('to', flags.to?.map(audienceFrom));
  set('facts', flags.fact?.map(factFrom));
  if (flags.link !== undefined)
    request['link'] = { url: flags.link, ...(flags.linkLabel === undefined ? {} : { label: flags.linkLabel }) };
  if (flags.data !== undefined) request['data'] = jsonFrom(flags.data, '--data');
  if (flags.sequence !== undefined) request['sequence'] = Number(flags.sequence);
  for (const name of [
    'type',
    'title',
    'body',
    'priority',
    'expiresAt',
    'orderingKey',
    'collapseKey',
    'threadKey',
  ] as const)
    set(name, flags[name]);
  return request;
}

/**
 * `ada`, `member:ada`, `email:ada@acme.test`, `channel:C123`, `channel:C123@installation`, `members:ada,bob`,
 * `workflow`.
 */
export function audienceFrom(text: string): Record<string, unknown> {
  if (text === 'workflow') return { workflow: true };
  const colon = text.indexOf(':');
  const kind = colon < 0 ? 'member' : text.slice(0, colon);
  const value = text.slice(colon + 1);
  if (kind === 'member' || kind === 'email') return { [kind]: value };
  if (kind === 'members') return { members: value.split(',') };
  if (kind === 'channel') {
    const [channel, installation] = value.split('@');
    return installation === undefined ? { channel } : { channel, installation };
  }
  throw new UserError(`--to ${text}: begin with member:, email:, channel:, members: or write workflow`, 2);
}

function factFrom(text: string): { label: string; value: string } {
  const equals = text.indexOf('=');
  if (equals < 1) throw new UserError(`--fact ${text}: write label=value`, 2);
  return { label: text.slice(0, equals), value: text.slice(equals + 1) };
}

export function jsonFrom(text: string, where: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UserError(`${where} is not JSON: ${(error as Error).message}`, 2);
  }
}
