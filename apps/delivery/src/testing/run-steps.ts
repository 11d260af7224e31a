/** Runs a maintenance job to its end; answers with the number of its steps that left more to do. */
export async function runSteps(steps: AsyncIterator<void>): Promise<number> {
  let count = 0;
  while (!(await steps.next()).done) count++;
  return count;
}
