// The Prometheus metrics of this process, in the registry that /metrics prints. Guarantees: a second declaration of a
// name returns the same metric, so that a metric is declared where it is used.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export type { Counter, Gauge, Histogram } from 'prom-client';

const registry = new Registry();
let collecting = false;

export function counter<L extends string = never>(name: string, help: string, labels: readonly L[] = []): Counter<L> {
  return known(name, () => new Counter<L>({ name, help, labelNames: labels, registers: [registry] }));
}

/** `collect` runs at each scrape, for values that are read then. */
export function gauge<L extends string = never>(
  name: string,
  help: string,
  labels: readonly L[] = [],
  collect?: (gauge: Gauge<L>) => void | Promise<void>,
): Gauge<L> {
  return known(
    name,
    () =>
      new Gauge<L>({
        name,
        help,
        labelNames: labels,
        registers: [registry],
        ...(collect && {
          collect(this: Gauge<L>) {
            return collect(this);
          },
        }),
      }),
  );
}

/** `buckets` are in the unit of the name: seconds. */
export function histogram<L extends string = never>(
  name: string,
  help: string,
  buckets: readonly number[],
  labels: readonly L[] = [],
): Histogram<L> {
  return known(
    name,
    () => new Histogram<L>({ name, help, buckets: [...buckets], labelNames: labels, registers: [registry] }),
  );
}

export function metricsText(): Promise<string> {
  return registry.metrics();
}

export const metricsContentType: string = registry.contentType;

/** The default metrics: memory, event loop, garbage collection. */
export function collectProcessMetrics(): void {
  if (collecting) return;
  collecting = true;
  collectDefaultMetrics({ register: registry });
}

function known<M>(name: string, create: () => M): M {
  return (registry.getSingleMetric(name) as M | undefined) ?? create();
}
