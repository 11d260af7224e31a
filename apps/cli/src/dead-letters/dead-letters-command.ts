// `carillon dead-letters list|show|retry`: the records that were refused, the reasons, and sending records again once
// the cause is repaired.
import { topics } from '@carillon/domain';
import { DeadLetters } from '@carillon/messaging';
import { Command } from 'commander';
import { kafkaConfig } from '../playground.ts';
import type { Terminal } from '../terminal.ts';
import { listDeadLetters, type ListFlags } from './list-dead-letters.ts';
import { placeFrom } from './place.ts';
import { retryDeadLetters, type RetryFlags } from './retry-dead-letters.ts';
import { deadLetterJson, showDeadLetter } from './show-dead-letter.ts';

interface ConnectFlags {
  json?: boolean;
  brokers?: string;
}

const examples = `
A dead letter is named topic/partition/offset; notification.requested is short for carillon.notification.requested.v1.
A letter whose record is larger than a dead letter may be is truncated, and says so. \`show\` and \`retry\` then read the
original from its topic, while retention has not removed it.

Examples:
  $ carillon dead-letters list
  $ carillon dead-letters list --topic notification.requested --reason invalid_payload
  $ carillon dead-letters list --limit 20 --before notification.requested/0/12
  $ carillon dead-letters show notification.requested/0/12
  $ carillon dead-letters retry notification.requested/0/12
  $ carillon dead-letters retry --topic notification.requested --reason unknown_tenant
`;

export function deadLettersCommand(terminal: Terminal): Command {
  const command = new Command('dead-letters')
    .description('records that were refused: list them, show one, send them again')
    .addHelpText('after', examples);
  const brokers = ['--brokers <host:port,…>', 'default: KAFKA_BROKERS, else the playground'] as const;
  command
    .command('list')
    .description('list the counts per topic, then the letters that were not sent again, the newest last')
    .option('--topic <name>', 'only of this topic')
    .option('--reason <code>', 'only with this reason')
    .option('--all', 'also the letters that were sent again')
    .option('--limit <n>', 'the newest n', '50')
    .option('--before <place>', 'only letters older than this one: the next page')
    .option('--json', 'one JSON object per line, without counts')
    .option(...brokers)
    .action((flags: ListFlags & ConnectFlags) =>
      withLetters(flags, terminal, (letters) => listDeadLetters(letters, flags, terminal)),
    );
  command
    .command('show')
    .description('show one letter in full; of a truncated one, the original from its topic')
    .argument('<place>', 'topic/partition/offset')
    .option('--json', 'one JSON object')
    .option(...brokers)
    .action((place: string, flags: ConnectFlags) =>
      withLetters(flags, terminal, async (letters) => {
        const { topic, partition, offset } = placeFrom(place);
        const letter = await letters.show(topic, partition, offset);
        const original = letter.missing.length > 0 ? await letters.originalOf(letter) : undefined;
        terminal.out(
          flags.json
            ? `${JSON.stringify(deadLetterJson(letter, original), null, 2)}\n`
            : showDeadLetter(letter, original),
        );
      }),
    );
  command
    .command('retry')
    .description('send letters again to the topic they came from, as they were')
    .argument('[places...]', 'topic/partition/offset')
    .option('--topic <name>', 'all letters of this topic that were not sent again')
    .option('--reason <code>', 'of those, only with this reason')
    .option('--json', 'one JSON object per line: place, sent, and the reason where it was not sent')
    .option(...brokers)
    .action((places: string[], flags: RetryFlags & ConnectFlags) =>
      withLetters(flags, terminal, (letters) => retryDeadLetters(letters, places, flags, terminal)),
    );
  return command;
}

async function withLetters(
  flags: ConnectFlags,
  terminal: Terminal,
  work: (letters: DeadLetters) => Promise<void>,
): Promise<void> {
  const letters = new DeadLetters(kafkaConfig(terminal, flags.brokers), topics);
  try {
    await letters.connect();
    await work(letters);
  } finally {
    await letters.close();
  }
}
