// The sleeps in tests for which a time is what is tested, or what the test is made of. Each has a reason; a sleep that
// is gone leaves this list too.

interface PermittedSleep {
  /** From the root of the repository. */
  file: string;
  reason: string;
}

export const permittedSleeps: readonly PermittedSleep[] = [
  { file: 'apps/e2e/src/product.ts', reason: 'the rate at which a product publishes' },
  { file: 'apps/e2e/src/pacing.spec.ts', reason: 'the plain loop that the pace is compared with' },
  { file: 'apps/e2e/src/chaos/targets.ts', reason: 'how long a server is away' },
  { file: 'libs/messaging/src/consuming/consuming.int.spec.ts', reason: "a handler slower than the broker's session" },
  { file: 'libs/runtime/src/testing/hanging-service.ts', reason: 'a statement that never ends' },
  {
    file: 'libs/messaging/src/consuming/catch-up.int.spec.ts',
    reason: 'a handler slower than two looks at the offsets',
  },
  { file: 'libs/messaging-nest/src/kafka-batch-server.int.spec.ts', reason: 'a state slower than the requests' },
  { file: 'libs/persistence/src/migrate.int.spec.ts', reason: 'a migration slow enough for five processes to meet' },
  { file: 'libs/persistence/src/outbox/outbox-topics.int.spec.ts', reason: 'a transaction that commits late' },
];
