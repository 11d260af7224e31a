// The registries of this process's metrics, and what /metrics prints of them. Guarantees: the same numbers in both of
// Prometheus' formats; exemplars only in the format that has them.
import { collectDefaultMetrics, Registry, type Metric, type OpenMetricsContentType } from 'prom-client';

const plain = new Registry();
const openMetrics = new Registry<OpenMetricsContentType>();
openMetrics.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
let collecting = false;

export function register<M extends Metric>(metric: M): M {
  plain.registerMetric(metric);
  openMetrics.registerMetric(inOpenMetrics(metric));
  return metric;
}

/** prom-client's own metrics: memory, event loop, garbage collection. */
export function collectProcessMetrics(): void {
  if (collecting) return;
  collecting = true;
  const defaults = new Registry();
  collectDefaultMetrics({ register: defaults });
  for (const { name } of defaults.getMetricsAsArray()) register(defaults.getSingleMetric(name)! as Metric);
}

export interface MetricsPage {
  contentType: string;
  text: string;
}

/** `accept`: the request's header. OpenMetrics, with exemplars, where it asks for that. */
export async function metricsPage(accept = ''): Promise<MetricsPage> {
  const registry = accept.includes('application/openmetrics-text') ? openMetrics : plain;
  return { contentType: registry.contentType, text: await registry.metrics() };
}

export const metricsText = async (): Promise<string> => plain.metrics();

export const metricValues = (): ReturnType<Registry['getMetricsAsJSON']> => plain.getMetricsAsJSON();

/** A copy of a counter, because prom-client takes `_total` off the name of what it prints as OpenMetrics. */
function inOpenMetrics(metric: Metric): Metric {
  const own = metric as unknown as { name: string; type: string; get(): Promise<{ name: string }> };
  if (own.type !== 'counter') return metric;
  const name = own.name.replace(/_total$/, '');
  return { name, type: own.type, get: async () => ({ ...(await own.get()), name }) } as unknown as Metric;
}
