// `carillon cells move`: the move of libs/cells, with what it waits for: that every process of preferences publishes to
// the new cell, and that the old cell has read what was published to it before.
import { setTimeout as delay } from 'node:timers/promises';
import { moveTenant, type CellDatabase, type MoveStep } from '@carillon/cells';
import { cellId, inCell, notificationResolved, notificationRetracted } from '@carillon/domain';
import { consumerGroupOf, untilCaughtUp } from '@carillon/messaging';
import { kafkaConfig } from '../playground.ts';
import { UserError, type Terminal } from '../terminal.ts';
import { cellOfTenant, cellsAtEachProcess } from './cells-of-tenants.ts';

export interface MoveFlags {
  to: string;
  from?: string;
  json?: boolean;
}

/** Between two rounds of questions; the last two agree. */
const askAgainMs = 1_000;

export async function moveToCell(tenantId: string, flags: MoveFlags, terminal: Terminal): Promise<void> {
  for (const cell of [flags.to, flags.from ?? flags.to])
    if (!cellId.safeParse(cell).success) throw new UserError(`${cell} is no id of a cell`, 2);
  const to = databaseOf(terminal, flags.to);
  const kafka = kafkaConfig(terminal);
  const cell = flags.from ?? (await oldCell(terminal, tenantId, flags.to));
  const from = databaseOf(terminal, cell);
  const reading = [
    { group: consumerGroupOf('delivery', 'main', cell), topics: [inCell(notificationResolved, cell)] },
    { group: consumerGroupOf('delivery', 'deferred', cell), topics: [inCell(notificationRetracted, cell)] },
  ];
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort(new UserError('interrupted; start it again and it goes on'));
  process.once('SIGINT', interrupt);
  try {
    await moveTenant({
      tenantId,
      from,
      to,
      switched: (signal) => untilSwitched(terminal, tenantId, flags.to, signal),
      ingested: async (signal) => {
        await Promise.all(reading.map((group) => untilCaughtUp(kafka, group, signal)));
      },
      onStep: (step) => tell(step, flags, terminal),
      signal: interrupted.signal,
    });
  } catch (error) {
    throw interrupted.signal.aborted ? interrupted.signal.reason : error;
  } finally {
    process.off('SIGINT', interrupt);
  }
}

async function oldCell(terminal: Terminal, tenantId: string, to: string): Promise<string> {
  const cell = await cellOfTenant(terminal, tenantId);
  if (cell !== to) return cell;
  throw new UserError(
    `preferences publishes to cell ${to} already: name the cell that ${tenantId} leaves with --from`,
    2,
  );
}

function databaseOf({ env }: Terminal, cell: string): CellDatabase {
  const name = `CELL_${cell.toUpperCase()}_DATABASE_URL`;
  const url = env[name];
  if (url) return { cell, url };
  throw new UserError(`set ${name} to the MIGRATION_DATABASE_URL of delivery in cell ${cell}`, 2);
}

async function untilSwitched(terminal: Terminal, tenantId: string, to: string, signal: AbortSignal): Promise<void> {
  for (let [agreed, told] = [0, false]; agreed < 2; ) {
    const cells = await cellsAtEachProcess(terminal, tenantId).catch(whileItRestarts);
    agreed = cells.size === 1 && cells.has(to) ? agreed + 1 : 0;
    if (agreed === 0 && !told) {
      told = true;
      terminal.err(`now set \`cell: "${to}"\` for ${tenantId} in TENANTS_FILE and restart preferences; waiting …\n`);
    }
    if (agreed < 2) await delay(askAgainMs, undefined, { signal });
  }
}

function whileItRestarts(error: unknown): Set<string> {
  if (error instanceof UserError) return new Set();
  throw error;
}

function tell(step: MoveStep, { json, to }: MoveFlags, terminal: Terminal): void {
  if (json) terminal.out(`${JSON.stringify(step)}\n`);
  else terminal.err(`${sentenceOf(step, to)}\n`);
}

function sentenceOf(step: MoveStep, to: string): string {
  switch (step.step) {
    case 'held':
      return `cell ${to} holds what is decided for the tenant from now on`;
    case 'switched':
      return `preferences publishes to cell ${to}`;
    case 'ingested':
      return 'the old cell has read everything that was published to it; its lanes pause';
    case 'taking':
      return `${step.taken} deliveries were taken out of the queues; ${step.inFlight} are in flight`;
    case 'copied':
      return `copied: ${Object.entries(step.rows)
        .filter(([, rows]) => rows > 0)
        .map(([name, rows]) => `${rows} ${name}`)
        .join(', ')}`;
    case 'released':
      return `cell ${to} sends`;
    case 'moved':
      return `moved; the lanes were paused for ${(step.pausedMs / 1000).toFixed(1)} s`;
  }
}
