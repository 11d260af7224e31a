// A proof at length, and what hostile producers cost: 100,000 malformed requests of every kind with 25,000 valid ones
// between them, against 25,000 valid ones alone. MALFORMED_SEED repeats a run.
import { seedOf } from '@carillon/e2e/chaos';
import { runMalformed, startMalformedStage, type MalformedReport } from '@carillon/e2e/malformed';

const timeoutMs = 900_000;

export async function* malformedBench(): AsyncIterable<object> {
  const seed = seedOf('MALFORMED_SEED');
  const valid = 25_000;
  const alone = await run({ seed, malformed: 0, valid });
  const mixed = await run({ seed, malformed: 100_000, valid });
  for (const { details, ...report } of [alone, mixed]) {
    for (const detail of details) process.stderr.write(`${detail}\n`);
    yield { bench: 'malformed', ...report };
  }
  yield {
    bench: 'malformed',
    ratio: mixed.recordsPerSecond / alone.recordsPerSecond,
    goal: 'ratio ≥ 0.5, and nothing broken',
  };
}

async function run(options: { seed: number; malformed: number; valid: number }): Promise<MalformedReport> {
  const stage = await startMalformedStage();
  try {
    return await runMalformed(stage, { ...options, timeoutMs });
  } finally {
    await stage.stop();
  }
}
