// `carillon dead-letters list|show|retry`: what could not be handled, why, and sending it again once that is mended.
import { topics } from '@carillon/domain';
import { DeadLetters, type DeadLetter } from '@carillon/messaging';
import { Command } from 'commander';
import { kafkaConfig } from '../playground.ts';
import { table, UserError, type Terminal } from '../terminal.ts';
import { placeFrom, placeOf, shortTopic, topicFrom } from './place.ts';
import { deadLetterJson, showDeadLetter } from './show-dead-letter.ts';

interface Flags {
  topic?: string;
  reason?: string;
  all?: boolean;
  limit: string;
  json?: boolean;
  brokers?: string;
}

const examples = `
A dead letter is named topic/partition/offset; notification.requested is short for carillon.notification.requested.v1.

Examples:
  $ carillon dead-letters list
  $ carillon dead-letters list --topic notification.requested --reason invalid_payload
  $ carillon dead-letters show notification.requested/0/12
  $ carillon dead-letters retry notification.requested/0/12
  $ carillon dead-letters retry --topic notification.requested --reason unknown_tenant
`;

export function deadLettersCommand(terminal: Terminal): Command {
  const command = new Command('dead-letters').description('records that could not be handled: list them, look at one, send them again').addHelpText('after', examples);
  const brokers = ['--brokers <host:port,…>', 'default: KAFKA_BROKERS, else the playground'] as const;
  command
    .command('list')
    .description('counts per topic, then the letters that wait')
    .option('--topic <name>', 'only of this topic')
    .option('--reason <code>', 'only with this reason')
    .option('--all', 'also those sent again')
    .option('--limit <n>', 'the newest n', '50')
    .option('--json', 'one JSON object per line')
    .option(...brokers)
    .action((flags: Flags) => withLetters(flags, terminal, (letters) => list(letters, flags, terminal)));
  command
    .command('show')
    .description('one letter in full')
    .argument('<place>', 'topic/partition/offset')
    .option('--json')
    .option(...brokers)
    .action((place: string, flags: Flags) =>
      withLetters(flags, terminal, async (letters) => {
        const { topic, partition, offset } = placeFrom(place);
        const letter = await letters.show(topic, partition, offset);
        terminal.out(flags.json ? `${JSON.stringify(deadLetterJson(letter), null, 2)}\n` : showDeadLetter(letter));
      }),
    );
  command
    .command('retry')
    .description('send letters again to the topic they came from, as they were')
    .argument('[places...]', 'topic/partition/offset')
    .option('--topic <name>', 'all that wait of this topic')
    .option('--reason <code>', 'of those, only with this reason')
    .option(...brokers)
    .action((places: string[], flags: Flags) => withLetters(flags, terminal, (letters) => retry(letters, places, flags, terminal)));
  return command;
}

async function withLetters(flags: Flags, terminal: Terminal, work: (letters: DeadLetters) => Promise<void>): Promise<void> {
  const letters = new DeadLetters(kafkaConfig(terminal, flags.brokers), topics);
  try {
    await letters.connect();
    await work(letters);
  } finally {
    await letters.close();
  }
}

const filterOf = ({ topic, reason, all }: Flags) => ({
  ...(topic === undefined ? {} : { topic: topicFrom(topic) }),
  ...(reason === undefined ? {} : { reason }),
  ...(all ? { retried: true } : {}),
});

async function list(letters: DeadLetters, flags: Flags, { out, err }: Terminal): Promise<void> {
  const found = await letters.list(filterOf(flags));
  const limit = Number(flags.limit);
  if (!(limit > 0)) throw new UserError('--limit must be a number', 2);
  const shown = found.slice(-limit);
  if (flags.json) return void shown.forEach((letter) => out(`${JSON.stringify(deadLetterJson(letter))}\n`));
  if (found.length === 0) return void err('no dead letters\n');
  out(table([['TOPIC', 'REASON', 'LETTERS'], ...countRows(found)]));
  out('\n');
  out(table([['LETTER', 'AT', 'REASON', 'DETAIL'], ...shown.map((letter) => [placeOf(letter), letter.at, letter.reason, oneLine(letter)])]));
  if (shown.length < found.length) err(`the newest ${shown.length} of ${found.length}; see --limit\n`);
}

function countRows(letters: readonly DeadLetter[]): string[][] {
  const counts = new Map<string, { row: [string, string]; count: number }>();
  for (const { topic, reason } of letters) {
    const entry = counts.get(`${topic} ${reason}`) ?? { row: [shortTopic(topic), reason], count: 0 };
    entry.count++;
    counts.set(`${topic} ${reason}`, entry);
  }
  return [...counts.values()].map(({ row, count }) => [...row, String(count)]);
}

function oneLine({ detail, retriedAt }: DeadLetter): string {
  const short = detail.length > 100 ? `${detail.slice(0, 99)}…` : detail;
  return retriedAt === undefined ? short : `${short} (sent again ${retriedAt})`;
}

async function retry(letters: DeadLetters, places: string[], flags: Flags, { out, err }: Terminal): Promise<void> {
  if ((places.length > 0) === (flags.topic !== undefined)) throw new UserError('which ones? Name letters, or all of a --topic', 2);
  const chosen: DeadLetter[] = places.length > 0 ? await named(letters, places) : await letters.list(filterOf(flags));
  if (chosen.length === 0) return void err('nothing waits\n');
  await letters.retry(chosen);
  for (const letter of chosen) out(`${placeOf(letter)}\n`);
  err(`sent ${chosen.length} again\n`);
}

async function named(letters: DeadLetters, places: string[]): Promise<DeadLetter[]> {
  const wanted = places.map(placeFrom);
  const found = (await Promise.all([...new Set(wanted.map(({ topic }) => topic))].map((topic) => letters.list({ topic, retried: true })))).flat();
  return wanted.map((place) => {
    const letter = found.find((one) => placeOf(one) === placeOf(place));
    if (!letter) throw new UserError(`there is no dead letter ${placeOf(place)}`);
    return letter;
  });
}
