// `carillon cells list|move`: which cell each tenant belongs to, and moving a tenant to another one.
import { Command } from 'commander';
import { table, type Terminal } from '../terminal.ts';
import { cellsOfTenants } from './cells-of-tenants.ts';
import { moveToCell, type MoveFlags } from './move-to-cell.ts';

const examples = `
Preferences is found through PREFERENCES_URL, else through a playground running in this repository. The token in
CARILLON_TOKEN needs the role operator. \`move\` needs the delivery databases of both cells in CELL_<ID>_DATABASE_URL, as
the role that owns the tables (MIGRATION_DATABASE_URL), and Kafka in KAFKA_BROKERS. An interrupted move goes on when it
is started again.

Examples:
  $ carillon cells list
  $ CELL_0_DATABASE_URL=… CELL_1_DATABASE_URL=… carillon cells move acme --to 1
`;

export function cellsCommand(terminal: Terminal): Command {
  const command = new Command('cells')
    .description('cells: which one each tenant belongs to, moving a tenant to another one')
    .addHelpText('after', examples);
  command
    .command('list')
    .description('list the cell to which the decisions of each tenant are published')
    .option('--tenant <id>', 'only of this tenant')
    .option('--json', 'one JSON object per line')
    .action((flags: { tenant?: string; json?: boolean }) => list(flags, terminal));
  command
    .command('move')
    .description('move a tenant to another cell: what it has waiting, its history and its pace')
    .argument('<tenant>', 'its id, as TENANTS_FILE declares it')
    .requiredOption('--to <cell>', 'the new cell')
    .option('--from <cell>', 'the old cell (default: the one that preferences names)')
    .option('--json', 'one JSON object per step')
    .action((tenant: string, flags: MoveFlags) => moveToCell(tenant, flags, terminal));
  return command;
}

async function list(flags: { tenant?: string; json?: boolean }, terminal: Terminal): Promise<void> {
  const found = await cellsOfTenants(terminal, flags.tenant);
  if (flags.json) return void found.forEach((one) => terminal.out(`${JSON.stringify(one)}\n`));
  terminal.out(table([['TENANT', 'CELL'], ...found.map(({ tenantId, cell }) => [tenantId, cell])]));
}
