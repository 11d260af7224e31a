// The command line of `npm start`. A wrong option is refused with a sentence that says what is right.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { CannotStart } from './cannot-start.ts';
import { maxOffset } from './ports.ts';
import { isServiceName, serviceNames, type ServiceName } from './services/service-names.ts';

export interface StartOptions {
  once: boolean;
  fresh: boolean;
  verbose: boolean;
  portOffset: number;
  replicas: Partial<Record<ServiceName, number>>;
  simulator: boolean;
}

/** `{ help }` when help was asked for; throws a CannotStart that names what is wrong. */
export function parseOptions(argv: readonly string[]): StartOptions | { help: string } {
  let help: string | undefined;
  const command = new Command('npm start --')
    .usage('[flags]')
    .description(
      'Runs all of Carillon on this machine: PostgreSQL, Kafka, a stand-in for Slack, every service, and a seeded tenant.',
    )
    .option(
      '--once',
      'end with exit 0 once the seeded notification is visible in Slack, non-zero with the reason otherwise',
      false,
    )
    .option('--fresh', "wipe the playground's data first", false)
    .option('--verbose', "show every service's log lines here too", false)
    .addOption(new Option('--port-offset <n>', 'move every port by n').argParser(parseOffset).default(0))
    .addOption(
      new Option('--replicas <service=count>', 'more processes of one service (ports 3104, 3204, …); may be repeated')
        .argParser(parseReplicas)
        .default({}, 'one each'),
    )
    .option('--no-simulator', 'use the Slack at SLACK_URL in place of the simulator')
    .addHelpText(
      'after',
      `
Environment:
  KAFKA_BROKERS    host:port[,host:port] of an existing Kafka, in place of one of its own
  DATABASE_URL     superuser URL of an existing PostgreSQL, in place of one of its own
  SLACK_URL        another Slack, with --no-simulator
                   (SLACK_CLIENT_ID, SLACK_CLIENT_SECRET, SLACK_SIGNING_SECRET: the app's)
  CARILLON_CACHE   where the downloaded Kafka is kept (default ~/.cache/carillon)
  LOG_LEVEL        of the services; their logs are in .carillon/logs`,
    )
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        help = (help ?? '') + text;
      },
      writeErr: () => undefined,
    });
  try {
    command.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (help !== undefined) return { help };
    throw new CannotStart(
      `${error.message.replace(/^error: /, '').replace(/\.?\n.*$|\.$/s, '')}. See npm start -- --help`,
    );
  }
  return command.opts<StartOptions>();
}

function parseOffset(value: string): number {
  const offset = Number(value);
  if (!/^\d+$/.test(value) || offset > maxOffset)
    throw new InvalidArgumentError(`A whole number from 0 to ${maxOffset} is needed`);
  return offset;
}

function parseReplicas(value: string, previous: StartOptions['replicas']): StartOptions['replicas'] {
  const replicas = { ...previous };
  for (const part of value.split(',')) {
    const [name = '', count = ''] = part.split('=');
    if (!isServiceName(name))
      throw new InvalidArgumentError(`${name || 'Nothing'} is not a service (${serviceNames.join(', ')})`);
    if (!/^[1-9]$/.test(count)) throw new InvalidArgumentError(`${name} needs a count from 1 to 9, as in ${name}=2`);
    replicas[name] = Number(count);
  }
  return replicas;
}
