// `carillon timeline`: what happened to a notification, for each recipient.
import { Command } from 'commander';
import { UserError, type Terminal } from '../terminal.ts';
import { fetchTimeline, findDelivery, type Subject } from './fetch-timeline.ts';
import { showTimeline } from './show-timeline.ts';
import { isComplete } from './timeline.ts';

interface Flags {
  source?: string;
  id?: string;
  url?: string;
  tenant?: string;
  json?: boolean;
  wait?: string | true;
}

const examples = `
The token in CARILLON_TOKEN needs the role admin of the tenant, or operator; in a playground one is fetched from its issuer.

Examples:
  $ carillon timeline 6f1c2f0e-6d6c-5c0e-9d8e-0f4f3a2b1c0d
  $ carillon timeline --source /acme/reports --id r-1 --json
  $ carillon timeline $(carillon publish --type report.ready --to ada --title "Report ready") --wait
`;

export function timelineCommand(terminal: Terminal): Command {
  return new Command('timeline')
    .description('show what happened to a notification: every decision, attempt and outcome')
    .argument('[notificationId]', 'as `carillon publish` prints it')
    .option('--source <uri>', 'instead of the id: the CloudEvents source …')
    .option('--id <id>', '… and id it was published with')
    .option('--wait [seconds]', 'wait until each delivery has an outcome, at most so long (default: 30)')
    .option('--json', 'the answer of delivery as JSON')
    .option('--url <url>', 'delivery (default: DELIVERY_URL, else the playground)')
    .option('--tenant <id>', "the tenant, where the token names none (default: the playground's)")
    .addHelpText('after', examples)
    .action((notificationId: string | undefined, flags: Flags) =>
      show(subjectOf(notificationId, flags), flags, terminal),
    );
}

function subjectOf(notificationId: string | undefined, { source, id, tenant }: Flags): Subject {
  if (notificationId !== undefined && source === undefined && id === undefined) return { notificationId };
  if (notificationId === undefined && source !== undefined && id !== undefined)
    return { source, id, ...(tenant === undefined ? {} : { tenantId: tenant }) };
  throw new UserError('name the notification: its id, or both --source and --id', 2);
}

async function show(subject: Subject, flags: Flags, terminal: Terminal): Promise<void> {
  const seconds = flags.wait === undefined ? 0 : flags.wait === true ? 30 : Number(flags.wait);
  if (!(seconds >= 0)) throw new UserError('--wait must be a number of seconds', 2);
  const deadline = Date.now() + seconds * 1_000;
  const delivery = await findDelivery(terminal, flags);
  for (;;) {
    const answer = await fetchTimeline(delivery, subject);
    if ((answer && isComplete(answer.shown)) || Date.now() >= deadline) {
      if (!answer)
        throw new UserError(
          'delivery does not know this notification. If it was published just now, try --wait; if its record was refused, see: carillon dead-letters list',
        );
      terminal.out(flags.json ? `${JSON.stringify(answer.body, null, 2)}\n` : showTimeline(answer.shown));
      if (seconds > 0 && !isComplete(answer.shown))
        throw new UserError(`not every delivery has an outcome after ${seconds} s`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
