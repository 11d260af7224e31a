// Performance side by side: each benchmark runs ours and its baseline in turn, in one run on one machine, and prints
// one JSON line per figure. A ratio says something; an absolute number says what machine this is.
import { Command } from 'commander';
import { CannotStart } from '@carillon/playground';
import { backlogBench } from './backlog.ts';
import { capBench, capMinutes } from './cap.ts';
import { chaosBench } from './chaos.ts';
import { deliveryCostBench } from './delivery-cost.ts';
import { directoryBench } from './directory.ts';
import { everyoneBench } from './everyone.ts';
import { fairnessBench } from './fairness.ts';
import { fullStartBench } from './full-start.ts';
import { hotChannelBench } from './hot-channel.ts';
import { ingestBench } from './ingest.ts';
import { ingressBench } from './ingress.ts';
import { isolationBench } from './isolation.ts';
import { latencyBench } from './latency.ts';
import { defaultLearningMinutes, learningBench, learningMinutes } from './learning.ts';
import { malformedBench } from './malformed.ts';
import { manyWorkspacesBench } from './many-workspaces.ts';
import { openRoadBench } from './open-road.ts';
import { outboxBench } from './outbox.ts';
import { outageBench } from './outage.ts';
import { partitionedBench } from './partitioned.ts';
import { pacedBench } from './paced.ts';
import { resolutionBench } from './resolution.ts';

interface Options {
  full?: boolean;
  minutes?: string;
}

const benches: Record<string, { does: string; run: (options: Options) => AsyncIterable<object> }> = {
  resolution: {
    does: 'requested → resolved through preferences, against a bare consume-transform-produce loop',
    run: resolutionBench,
  },
  directory: {
    does: 'the sync of 100,000 users and 20,000 channels, against a tenth of them and the goals',
    run: directoryBench,
  },
  everyone: {
    does: 'one request to 100,000 members, against the same members named 50 in a request',
    run: everyoneBench,
  },
  fairness: {
    does: "one tenant's 100,000 requests beside another's single ones, against the goal for their lateness",
    run: fairnessBench,
  },
  ingest: { does: 'resolved → ledger rows through delivery, against a bare unnest insert', run: ingestBench },
  ingress: { does: 'events of Slack until Kafka has them, against Fastify and kafkajs alone', run: ingressBench },
  outbox: { does: 'records through the relay of an outbox, against a bare producer', run: outboxBench },
  partitioned: {
    does: 'resolved → ledger rows with hash partitions and a million rows of before, against the same without',
    run: partitionedBench,
  },
  paced: { does: '200 messages over 10 channels at one a second, against the ideal', run: pacedBench },
  'open-road': {
    does: 'sends without limits through the ledger, against a bare WebClient at concurrency 100',
    run: openRoadBench,
  },
  latency: {
    does: 'one notification at a time through an idle platform, against two bare Kafka hops',
    run: latencyBench,
  },
  'hot-channel': {
    does: '50 channels beside one with 2,000 messages waiting, against the same without it',
    run: hotChannelBench,
  },
  'many-workspaces': {
    does: '1,000 workspaces in one process, up to a message a second each, against the goal for their lateness',
    run: manyWorkspacesBench,
  },
  isolation: {
    does: 'a quiet workspace beside locked rows, readers, mass expiry and slow Slacks of others, against the same alone',
    run: isolationBench,
  },
  outage: {
    does: 'three workspaces while Slack is away for 30 s, less those, against the same without an outage',
    run: outageBench,
  },
  backlog: {
    does: 'claims with a million ready rows behind them, against the same with a thousand; and --full: full-start too',
    async *run(options) {
      yield* backlogBench();
      if (options.full) yield* fullStartBench();
    },
  },
  'delivery-cost': {
    does: 'what one delivery costs in processor time, write-ahead log and bytes at rest, for docs/scale.md',
    run: deliveryCostBench,
  },
  'full-start': {
    does: 'the start of a process with two million deliveries in its queues, against the goals',
    run: fullStartBench,
  },
  cap: {
    does: 'a limit nobody told us, learned for CAP_LEARN_MINUTES (10), then used for CAP_MEASURE_MINUTES (30), in real time',
    run: () => capBench(capMinutes()),
  },
  learning: {
    does: `a hidden limit, refusals by chance, and both, against what is allowed; thrice --minutes (${defaultLearningMinutes}) in real time`,
    run: ({ minutes }) => learningBench(learningMinutes(minutes)),
  },
  chaos: {
    does: 'nothing to compare: 20,000 notifications while everything fails in turn, and what was lost or doubled',
    run: chaosBench,
  },
  malformed: {
    does: '100,000 malformed requests with valid ones between them through preferences, against valid ones alone',
    run: malformedBench,
  },
};

/** Too long to run unasked. */
const onlyWhenNamed = new Set(['chaos', 'malformed', 'cap', 'learning', 'full-start', 'partitioned']);

const program = new Command('npm run bench --')
  .description(
    `Benchmarks of Carillon against baselines.\n\n${Object.entries(benches)
      .map(([name, { does }]) => `  ${name.padEnd(17)}${does}`)
      .join('\n')}`,
  )
  .argument(
    '[names...]',
    'which ones; all but chaos, malformed, cap, learning, full-start and partitioned when none is named',
  )
  .option('--minutes <number>', 'how long learning learns, then measures, then goes on without a limit')
  .option('--full', 'backlog also starts a process with two million deliveries')
  .action(async (names: string[], options: Options) => {
    const unknown = names.filter((name) => !(name in benches));
    if (unknown.length > 0)
      program.error(`No benchmark is called ${unknown.join(', ')}. There are: ${Object.keys(benches).join(', ')}.`);
    const chosen = names.length > 0 ? names : Object.keys(benches).filter((name) => !onlyWhenNamed.has(name));
    try {
      // A setting that is wrong is told before the first of them takes its minutes.
      const runs = chosen.map((name) => benches[name]!.run(options));
      for (const run of runs) for await (const figure of run) process.stdout.write(`${JSON.stringify(figure)}\n`);
    } catch (error) {
      if (error instanceof CannotStart) program.error(error.message);
      throw error;
    }
  });

await program.parseAsync();
process.exit(0);
