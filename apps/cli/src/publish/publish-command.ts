// `carillon publish`: one notification from flags, or those of a JSON file. Checked by the domain's schema and the
// catalogue before anything is sent (check-requests.ts); prints the notification's id, one per line.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { notificationRequested, type NotificationRequest } from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import { InvalidPayload, Publisher, type Outgoing } from '@carillon/messaging';
import { Command } from 'commander';
import { findPlayground, kafkaConfig } from '../playground.ts';
import { UserError, type Terminal } from '../terminal.ts';
import { faultsOf, fetchCatalogue, fetchTenants, type Catalogue } from './check-requests.ts';
import { jsonFrom, requestFrom, type RequestFlags } from './request-from.ts';

interface Flags extends RequestFlags {
  file?: string;
  source: string;
  id?: string;
  traceparent?: string;
  brokers?: string;
  timeout: string;
  check: boolean;
  url?: string;
  json?: boolean;
}

const examples = `
Examples:
  $ carillon publish --tenant acme --type report.ready --to ada --title "Report ready" --body "**Sales**: 42" --link https://app.example/r/1
  $ carillon publish --type report.ready --to email:ada@acme.test --to channel:C0123456789 --title "Report ready" --id r-1 --source /acme/reports
  $ echo '{"tenantId":"acme","type":"report.ready","to":[{"member":"ada"}],"title":"Report ready"}' | carillon publish --file -

The same --source and --id are one notification, however often they are published.

Before anything is sent, types and the names in \`data\` are compared with the catalogue of preferences (GET /v1/types),
and, with a playground's token, tenants with those that are declared: an unknown name is an error (exit status 2) that
lists close ones. The token in CARILLON_TOKEN needs any role of the tenant. Where preferences cannot be asked, a warning
on standard error says why and the notification is sent: Kafka takes it without preferences. --no-check does not ask.
`;

const repeated = (value: string, before: string[] = []): string[] => [...before, value];

export function publishCommand(terminal: Terminal): Command {
  return new Command('publish')
    .description('publish a notification on Kafka and print its id')
    .option('--tenant <id>', "the tenant (default: the playground's)")
    .option('--type <name>', 'the notification type, such as report.ready')
    .option(
      '--to <who>',
      'a member id, or member:… email:… channel:…[@installation] members:a,b workflow; may be repeated',
      repeated,
    )
    .option('--title <text>', 'the title, plain text')
    .option('--body <markdown>', 'the text, Markdown')
    .option('--link <url>', 'where the title leads')
    .option('--link-label <text>', 'the label of the button for --link')
    .option('--fact <label=value>', 'a line of facts; may be repeated', repeated)
    .option('--data <json>', 'an object for workflows')
    .option('--priority <priority>', 'urgent, normal or low')
    .option('--expires-at <time>', 'after it nothing is sent, e.g. 2026-11-26T18:00:00Z')
    .option('--ordering-key <key>', 'requests with the same key keep their order')
    .option('--collapse-key <key>', 'a newer request with the same key replaces the message')
    .option('--thread-key <key>', 'requests with the same key form a thread')
    .option('--sequence <n>', 'the order of requests with one --collapse-key')
    .option('--file <path>', 'a request as JSON, or a list of them; - reads standard input; flags win')
    .option('--source <uri>', 'the CloudEvents source', '/carillon/cli')
    .option('--id <id>', 'the CloudEvents id (default: a new one)')
    .option('--json', 'one JSON object per notification: notificationId, source, id')
    .option('--traceparent <value>', 'W3C trace context to go on with')
    .option('--brokers <host:port,…>', 'default: KAFKA_BROKERS, else the playground')
    .option(
      '--no-check',
      'send without comparing types and names with the catalogue of preferences; without this option a warning says where that was not possible',
    )
    .option('--url <url>', 'preferences, for the check (default: PREFERENCES_URL, else the playground)')
    .option('--timeout <seconds>', 'how long to wait for Kafka', '15')
    .addHelpText('after', examples)
    .action((flags: Flags) => publish(flags, terminal));
}

async function publish(flags: Flags, terminal: Terminal): Promise<void> {
  const requests = requestsOf(flags, terminal);
  if (flags.id !== undefined && requests.length > 1)
    throw new UserError('--id is for one notification; the file has several', 2);
  const config = kafkaConfig(terminal, flags.brokers);
  await check(requests, flags, terminal);
  const events = requests.map((data): Outgoing<NotificationRequest> => {
    return {
      id: flags.id ?? randomUUID(),
      source: flags.source,
      data: data as NotificationRequest,
      ...(flags.traceparent ? { traceparent: flags.traceparent } : {}),
    };
  });
  const publisher = new Publisher(config, { unknownTopicMs: 3_000 });
  const seconds = Number(flags.timeout);
  if (!(seconds > 0)) throw new UserError('--timeout must be a number of seconds', 2);
  const signal = AbortSignal.timeout(seconds * 1_000);
  try {
    await publisher.publish(notificationRequested, events, { signal });
  } catch (error) {
    if (signal.aborted)
      throw new UserError(`Kafka at ${config.brokers.join(', ')} did not acknowledge within ${seconds} s`);
    throw error;
  } finally {
    await publisher.close(0);
  }
  for (const { id, source, data } of events) {
    const notificationId = notificationIdOf(data.tenantId, source, id);
    terminal.out(flags.json ? `${JSON.stringify({ notificationId, source, id })}\n` : `${notificationId}\n`);
  }
  if (!flags.json && events.length === 1)
    terminal.err('published; see what becomes of it with: carillon timeline <that id>\n');
}

/** @throws InvalidPayload with every field that is wrong */
async function check(requests: Record<string, unknown>[], flags: Flags, terminal: Terminal): Promise<void> {
  // What the schema refuses needs no service to say so, unless one can add what else is wrong.
  const faults = faultsOf(requests, flags.check ? await catalogueOrWarning(requests, flags, terminal) : undefined);
  if (faults.length > 0) throw new InvalidPayload(notificationRequested.name, faults);
}

async function catalogueOrWarning(
  requests: Record<string, unknown>[],
  { url }: Flags,
  terminal: Terminal,
): Promise<Catalogue | undefined> {
  const tenant = requests.map(({ tenantId }) => tenantId).find((id) => typeof id === 'string');
  try {
    // First: a token for a tenant that is not declared is refused.
    const tenants = await fetchTenants(terminal);
    const known = tenants && tenant !== undefined && !tenants.has(tenant) ? undefined : tenant;
    const catalogue = await fetchCatalogue(terminal, { url, tenant: known });
    return tenants ? { ...catalogue, tenants } : catalogue;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    terminal.err(`carillon: not compared with the catalogue (--no-check leaves it out): ${error.message}\n`);
    return undefined;
  }
}

function requestsOf(flags: Flags, terminal: Terminal): Record<string, unknown>[] {
  const tenant = flags.tenant ?? findPlayground(terminal.cwd)?.tenant?.id;
  const withTenant = (request: Record<string, unknown>): Record<string, unknown> =>
    request['tenantId'] === undefined && tenant !== undefined ? { tenantId: tenant, ...request } : request;
  if (flags.file === undefined) return [withTenant(requestFrom(flags))];
  const text = flags.file === '-' ? terminal.stdin() : read(resolve(terminal.cwd, flags.file));
  const found = jsonFrom(text, flags.file === '-' ? 'standard input' : flags.file);
  const list: unknown[] = Array.isArray(found) ? found : [found];
  return list.map((one, at) => {
    if (typeof one !== 'object' || one === null)
      throw new UserError(`request ${at + 1} of the file is not an object`, 2);
    return withTenant(requestFrom(flags, one as Record<string, unknown>));
  });
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(`${path} can't be read: ${(error as Error).message}`, 2);
  }
}
