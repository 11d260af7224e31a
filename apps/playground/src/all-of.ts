/** Waits for all, then throws what failed first: nothing is still starting when the caller begins to stop. */
export async function allOf(steps: readonly Promise<unknown>[]): Promise<void> {
  let first: { error: unknown } | undefined;
  await Promise.all(steps.map((step) => step.catch((error: unknown) => void (first ??= { error }))));
  if (first) throw first.error;
}
