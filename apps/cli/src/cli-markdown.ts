// docs/cli.md from the declarations of the commands.
import type { Argument, Command, Option } from 'commander';
import { commandsWithAction, exitStatus, exitStatusOf } from './carillon.ts';

export function cliMarkdown(program: Command): string {
  const commands = commandsWithAction(program).map(describeCommand);
  const intro = `# Command line

\`npx carillon <command>\`. Derived from the declarations in \`apps/cli\`; \`UPDATE_DOCS=1 npx nx test @carillon/cli\` writes this page again.

${program.description()} Results go to standard output, everything else to standard error. ${exitStatus}

Kafka is found through \`KAFKA_BROKERS\` (\`KAFKA_SSL*\`, \`KAFKA_SASL_*\`), services through \`INSTALLATION_URL\`, \`DIRECTORY_SYNC_URL\`, \`PREFERENCES_URL\` and \`DELIVERY_URL\`, a token in \`CARILLON_TOKEN\`; each else through a playground that runs in this repository.
`;
  return [intro, ...commands].join('\n');
}

function describeCommand(command: Command): string {
  const rows = [...command.registeredArguments.map(argumentRow), ...command.options.map(optionRow)];
  const name = fullName(command);
  const own = exitStatusOf(command) === exitStatus ? '' : ` ${exitStatusOf(command)}`;
  return `## ${name}

${sentence(command.description())}${own}

${table([['argument or option', 'means', 'default'], ...rows])}
`;
}

const argumentRow = (argument: Argument): string[] => {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return [`\`${argument.required ? `<${name}>` : `[${name}]`}\``, argument.description, ''];
};

const optionRow = ({ flags, description, defaultValue }: Option): string[] => [
  `\`${flags}\``,
  description,
  typeof defaultValue === 'string' ? `\`${defaultValue}\`` : '',
];

function fullName(command: Command): string {
  return command.parent ? `${fullName(command.parent)} ${command.name()}` : command.name();
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** With columns of equal width, as the formatter of the repository writes tables. */
function table(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((text) => text.replaceAll('|', '\\|')));
  const widths = cells[0]!.map((_, at) => Math.max(...cells.map((row) => row[at]!.length)));
  const line = (row: readonly string[]): string => `| ${row.map((text, at) => text.padEnd(widths[at]!)).join(' | ')} |`;
  const [head, ...body] = cells;
  return [line(head!), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}
