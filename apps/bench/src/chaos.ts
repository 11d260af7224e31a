// No comparison but a proof, at length: 20,000 notifications while Slack refuses one post in fifty and loses one answer
// in fourteen, and while processes, the broker and the database die in turn. Prints what was lost, doubled and doubted.
// CHAOS_SEED repeats a run.
import { runChaos, seedOf } from '@carillon/e2e/chaos';

export async function* chaosBench(): AsyncIterable<object> {
  const { details, ...report } = await runChaos({
    seed: seedOf(),
    notifications: 20_000,
    workspaces: 16,
    channels: 400,
    perSecond: 60,
    faults: { rateLimit: 0.02, http500: 0.05, timeout: 0.02 },
    killEveryMs: 12_000,
    servers: true,
    timeoutMs: 600_000,
  });
  for (const detail of details) process.stderr.write(`${detail}\n`);
  yield { bench: 'chaos', ...report, ratio: report.seconds / report.paceSeconds, goal: 'ratio ≤ 1.3' };
}
