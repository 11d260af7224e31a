// `carillon outbox list|retry`: the records in each service's outbox that Kafka refused, and putting them back into the
// queue once the cause is repaired.
import { Command } from 'commander';
import { z } from 'zod';
import { table, UserError, type Terminal } from '../terminal.ts';
import { operatorToken } from '../services/access-token.ts';
import { askPages, askService } from '../services/ask-service.ts';
import { findServices, type Service, type ServiceName } from '../services/find-services.ts';

interface Flags {
  service?: string;
  topic?: string;
  state: string;
  limit: string;
  all?: boolean;
  json?: boolean;
}

const waitingRecord = z.object({
  id: z.string(),
  topic: z.string(),
  key: z.string().nullable(),
  bytes: z.number(),
  state: z.string(),
  reason: z.string().nullable(),
  createdAt: z.string(),
});
type WaitingRecord = z.infer<typeof waitingRecord>;
const retriedAnswer = z.object({ retried: z.number() });

const servicesWithOutbox = [
  'installation',
  'directory-sync',
  'preferences',
  'delivery',
] as const satisfies ServiceName[];

const needs = 'the role operator';

const examples = `
Services are found through INSTALLATION_URL, DIRECTORY_SYNC_URL, PREFERENCES_URL and DELIVERY_URL, else through a
playground running in this repository. The token in CARILLON_TOKEN needs the role operator.

Examples:
  $ carillon outbox list
  $ carillon outbox list --service delivery --state waiting --json
  $ carillon outbox retry --service delivery 4711 4712
  $ carillon outbox retry --topic carillon.notification.outcome.v1
  $ carillon outbox retry --all
`;

export function outboxCommand(terminal: Terminal): Command {
  const command = new Command('outbox')
    .description('records that a service could not publish: list them, put them back into the queue')
    .addHelpText('after', examples);
  const service = ['--service <name>', 'only of this service'] as const;
  command
    .command('list')
    .description('list the records that are set aside, of each service the oldest first')
    .option(...service)
    .option('--topic <name>', 'only of this topic')
    .option('--state <state>', 'set_aside or waiting', 'set_aside')
    .option('--limit <n>', 'at most n of each service', '50')
    .option('--json', 'one JSON object per line')
    .action((flags: Flags) => list(flags, terminal));
  command
    .command('retry')
    .description('put records that are set aside back into the queue')
    .argument('[ids...]', 'ids, as `list` prints them; with --service')
    .option(...service)
    .option('--topic <name>', 'all of this topic')
    .option('--all', 'all')
    .option('--json', 'one JSON object per service')
    .action((ids: string[], flags: Flags) => retry(ids, flags, terminal));
  return command;
}

async function list(flags: Flags, terminal: Terminal): Promise<void> {
  const limit = Number(flags.limit);
  if (!(Number.isInteger(limit) && limit > 0)) throw new UserError('--limit must be a number', 2);
  if (!['set_aside', 'waiting'].includes(flags.state)) throw new UserError('--state must be set_aside or waiting', 2);
  const services = findServices(terminal, chosenServices(flags.service));
  const token = await operatorToken(terminal);
  const found = (await Promise.all(services.map((one) => recordsOf(one, token, flags, limit)))).flat();
  if (flags.json) return void found.forEach((record) => terminal.out(`${JSON.stringify(record)}\n`));
  if (found.length === 0)
    return void terminal.err(flags.state === 'waiting' ? 'no record waits\n' : 'no record is set aside\n');
  terminal.out(
    table([
      ['SERVICE', 'ID', 'TOPIC', 'BYTES', 'SINCE', 'REASON'],
      ...found.map((one) => [one.service, one.id, one.topic, String(one.bytes), one.createdAt, one.reason ?? '']),
    ]),
  );
}

async function recordsOf(
  service: Service,
  token: string,
  { state, topic }: Flags,
  atMost: number,
): Promise<(WaitingRecord & { service: string })[]> {
  const query = { state, ...(topic && { topic }) };
  const found = await askPages(service, { token, path: '/v1/outbox', query, item: waitingRecord, needs, atMost });
  if (!found) throw withoutOutbox(service);
  return found.map((item) => ({ service: service.name, ...item }));
}

async function retry(ids: string[], flags: Flags, terminal: Terminal): Promise<void> {
  if ([ids.length > 0, flags.topic !== undefined, flags.all === true].filter(Boolean).length !== 1)
    throw new UserError('name the records: ids, a --topic, or --all', 2);
  if (ids.length > 0 && flags.service === undefined)
    throw new UserError('an id is unique within one service only: name the service with --service', 2);
  const services = findServices(terminal, chosenServices(flags.service));
  const token = await operatorToken(terminal);
  const body = ids.length > 0 ? { ids } : flags.topic !== undefined ? { topic: flags.topic } : { all: true };
  let total = 0;
  for (const service of services) {
    const path = '/v1/outbox/retry';
    const answer = await askService(service, { token, path, body, answer: retriedAnswer, needs });
    if (!answer) throw withoutOutbox(service);
    const { retried } = answer;
    total += retried;
    if (flags.json) terminal.out(`${JSON.stringify({ service: service.name, retried })}\n`);
    else if (retried > 0) terminal.out(`${service.name}: ${retried}\n`);
  }
  if (!flags.json)
    terminal.err(total === 0 ? 'no record was set aside\n' : `${total} records are in the queue again\n`);
}

function chosenServices(named: string | undefined): readonly ServiceName[] {
  const chosen = servicesWithOutbox.filter((name) => named === undefined || name === named);
  if (chosen.length === 0) throw new UserError(`--service must be one of ${servicesWithOutbox.join(', ')}`, 2);
  return chosen;
}

const withoutOutbox = ({ name, url }: Service): UserError =>
  new UserError(`${name} at ${url} has no outbox to ask about: is the URL that of ${name}?`);
