// The commands and their exit status. Results go to standard output, everything else to standard error, so that the
// output can be piped.
import { MoveError } from '@carillon/cells';
import { InvalidPayload, MessagingError } from '@carillon/messaging';
import { Command, CommanderError } from 'commander';
import { cellsCommand } from './cells/cells-command.ts';
import { deadLettersCommand } from './dead-letters/dead-letters-command.ts';
import { explainCommand } from './explain/explain-command.ts';
import { manifestCommand } from './manifest/manifest-command.ts';
import { keysCommand } from './keys/keys-command.ts';
import { outboxCommand } from './outbox/outbox-command.ts';
import { publishCommand } from './publish/publish-command.ts';
import { UserError, type Terminal } from './terminal.ts';
import { timelineCommand } from './timeline/timeline-command.ts';
import { catalogueCommand, diffExitStatus } from './catalogue/catalogue-command.ts';
import { typesCommand } from './types/types-command.ts';

const examples = `
Kafka is found through KAFKA_BROKERS (KAFKA_SSL*, KAFKA_SASL_*), else through a playground running in this repository.

Examples:
  $ carillon types
  $ carillon publish --type report.ready --to ada --title "Report ready"
  $ carillon timeline 6f1c2f0e-6d6c-5c0e-9d8e-0f4f3a2b1c0d
  $ carillon explain --type report.ready --to ada --title "Report ready"
  $ carillon dead-letters list
  $ carillon outbox list
  $ carillon cells list
  $ carillon keys list
  $ carillon manifest --profile direct --url https://carillon.example.com
`;

export async function runCarillon(argv: readonly string[], terminal: Terminal): Promise<number> {
  const program = carillonProgram(terminal);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    return explain(error, terminal);
  }
}

/** Every command, as docs/cli.md lists them. */
export function carillonProgram(terminal: Terminal): Command {
  const program = new Command('carillon')
    .description('Publish a notification, see what happened to it, and repair what was refused.')
    .addHelpText('after', examples)
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .showHelpAfterError('(see --help)');
  for (const command of [
    typesCommand(terminal),
    catalogueCommand(terminal),
    publishCommand(terminal),
    timelineCommand(terminal),
    explainCommand(terminal),
    deadLettersCommand(terminal),
    outboxCommand(terminal),
    cellsCommand(terminal),
    keysCommand(terminal),
    manifestCommand(terminal),
  ])
    program.addCommand(command.copyInheritedSettings(program));
  for (const command of program.commands) for (const inner of command.commands) inner.copyInheritedSettings(program);
  for (const command of commandsWithAction(program)) command.addHelpText('after', `\n${exitStatusOf(command)}`);
  return program;
}

/** The commands that do something: those without commands of their own. */
export const commandsWithAction = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(commandsWithAction);

export const exitStatus =
  'Exit status: 0 done; 1 refused, not found or not reachable; 2 the command line or a field of the request is wrong.';

/** A comparison has statuses of its own, as diff(1) has. */
export const exitStatusOf = (command: Command): string => (command.name() === 'diff' ? diffExitStatus : exitStatus);

function explain(error: unknown, { err }: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UserError) {
    err(`carillon: ${error.message}\n`);
    return error.exitCode;
  }
  if (error instanceof InvalidPayload) {
    err(
      `carillon: nothing was published, ${error.errors.length === 1 ? 'one field is' : `${error.errors.length} fields are`} wrong:\n`,
    );
    for (const { path, message } of error.errors) err(`  ${path || '(the request)'}: ${message}\n`);
    return 2;
  }
  if (error instanceof MessagingError || error instanceof MoveError) {
    err(`carillon: ${error.message}\n`);
    return 1;
  }
  err(`carillon: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 1;
}
