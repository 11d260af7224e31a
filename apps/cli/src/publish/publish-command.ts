// `carillon publish`: one notification from flags, or those of a JSON file. Checked by the domain's schema and the
// catalogue before anything is sent (check-requests.ts); prints the notification's id, one per line.
import { randomUUID } from 'node:crypto';
import { notificationRequested, type NotificationRequest } from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import { InvalidPayload, Publisher, type Outgoing } from '@carillon/messaging';
import { Command } from 'commander';
import { kafkaConfig } from '../playground.ts';
import { UserError, type Terminal } from '../terminal.ts';
import { faultsOf, fetchCatalogue, fetchTenants, type Catalogue } from './check-requests.ts';
import { addRequestOptions, requestsOf, type RequestOptions } from './request-options.ts';

interface Flags extends RequestOptions {
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

export function publishCommand(terminal: Terminal): Command {
  const command = new Command('publish').description('publish a notification on Kafka and print its id');
  return addRequestOptions(command)
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
