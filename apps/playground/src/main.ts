// `npm start`: starts the playground, sends one notification and shows its timeline, and runs until Ctrl-C.
import { addressLines } from './addresses.ts';
import { CannotStart } from './cannot-start.ts';
import { parseOptions, type StartOptions } from './options.ts';
import { Playground } from './playground.ts';
import type { PlaygroundOptions } from './playground-options.ts';
import { showFirstNotification } from './show-first-notification.ts';
import { followLog } from './services/follow-log.ts';

const interruption = new AbortController();
let running: Playground | undefined;
let interruptions = 0;

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  if (interruptions > 0) return 130;
  console.error(error instanceof CannotStart ? `\n${error.message}` : error);
  return 1;
});
process.exit();

async function main(argv: readonly string[]): Promise<number> {
  const options = parseOptions(argv);
  if ('help' in options) {
    console.log(options.help);
    return 0;
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt(signal));
  const chosen = playgroundOptions(options);
  const seed = chosen.slackUrl === undefined || (await canBeSeeded(chosen.slackUrl));
  if (!seed && options.once)
    throw new CannotStart(
      `--once needs a Slack that can be seeded, and ${chosen.slackUrl} has no control surface like the simulator's.`,
    );
  if (options.fresh && (chosen.kafkaBrokers ?? chosen.databaseUrl))
    console.log('--fresh leaves the data of KAFKA_BROKERS and DATABASE_URL alone.');
  console.log('Starting Carillon …');
  const playground = await Playground.start({ ...chosen, seed, signal: interruption.signal });
  running = playground;
  if (options.verbose)
    for (const one of playground.processes()) followLog(one.label, one.logFile, (line) => console.log(line));
  try {
    if (playground.tenant) await showFirstNotification(playground, interruption.signal);
    playground.writeStateFile();
    const started = `Carillon runs (started in ${playground.progress.total()}).`;
    console.log(`\n${[started, ...addressLines(playground)].join('\n')}\n`);
    if (!seed)
      console.log(
        `Nothing was seeded: connect a workspace with POST ${playground.service('installation').url}/v1/connections and open the url it answers with.\n`,
      );
    if (!options.once) await interrupted();
    return 0;
  } finally {
    console.log('Stopping …');
    await playground.stop();
  }
}

function playgroundOptions(options: StartOptions, env: NodeJS.ProcessEnv = process.env): PlaygroundOptions {
  if (!options.simulator && !env['SLACK_URL'])
    throw new CannotStart('--no-simulator needs SLACK_URL: the Slack to use in place of the simulator.');
  const { SLACK_CLIENT_ID: clientId, SLACK_CLIENT_SECRET: clientSecret, SLACK_SIGNING_SECRET: signingSecret } = env;
  if (!options.simulator && !(clientId && clientSecret && signingSecret)) {
    throw new CannotStart(
      "--no-simulator needs the Slack app's SLACK_CLIENT_ID, SLACK_CLIENT_SECRET and SLACK_SIGNING_SECRET.",
    );
  }
  return {
    portOffset: options.portOffset,
    replicas: options.replicas,
    fresh: options.fresh,
    ...(env['KAFKA_BROKERS'] ? { kafkaBrokers: env['KAFKA_BROKERS'].split(',').map((broker) => broker.trim()) } : {}),
    ...(env['DATABASE_URL'] ? { databaseUrl: env['DATABASE_URL'] } : {}),
    ...(!options.simulator && env['SLACK_URL'] && clientId && clientSecret && signingSecret
      ? { slackUrl: env['SLACK_URL'], slackApp: { clientId, clientSecret, signingSecret } }
      : {}),
  };
}

/** Whether it is a simulator with our control routes. The real Slack is not. */
async function canBeSeeded(slackUrl: string): Promise<boolean> {
  try {
    return (await fetch(`${slackUrl}/_sim/requests`, { signal: AbortSignal.timeout(5_000) })).ok;
  } catch {
    return false;
  }
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    if (interruption.signal.aborted) resolve();
    interruption.signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** The first signal stops everything in order. A second one ends this process, and bin/reaper.mjs ends the others. */
function interrupt(signal: NodeJS.Signals): void {
  interruptions += 1;
  if (interruptions > 1 && signal === 'SIGINT') process.exit(130);
  if (!running) console.log('Interrupted; stopping what was started …');
  interruption.abort(new CannotStart('The start was interrupted.'));
}
