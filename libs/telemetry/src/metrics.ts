// Metrics as values. A project declares each of its metrics once, in its file `metrics.ts`. Guarantees: the number of
// series is bounded whatever is counted, because a value beyond the bound of its label is counted as `other`; a metric
// that is declared twice is an error. It reads no database: a gauge shows what was stored in it, or what `onRead` finds
// in memory.
import { Counter as PromCounter, Gauge as PromGauge, Histogram as PromHistogram } from 'prom-client';
import { isList, otherValue, prometheusLabel, prometheusName } from './metric-declaration.ts';
import type {
  Declaration,
  HistogramDeclaration,
  Labels,
  LabelsOf,
  LabelValues,
  MetricKind,
} from './metric-declaration.ts';
import { register } from './metrics-registry.ts';
import { spanContextFrom } from './trace-context.ts';

const declared = new Map<string, Metric>();

export abstract class Metric<L extends Labels = Labels> {
  readonly kind: MetricKind;
  readonly declaration: Declaration<L>;
  readonly prometheusName: string;
  private readonly seen: ReadonlyMap<string, Set<string>>;

  constructor(kind: MetricKind, declaration: Declaration<L>) {
    this.kind = kind;
    this.declaration = declaration;
    const { name, labels = {} } = declaration;
    if (declared.has(name)) throw new Error(`The metric ${name} is declared twice`);
    declared.set(name, this);
    this.prometheusName = prometheusName(declaration, kind);
    this.seen = new Map(
      Object.entries<LabelValues>(labels).map(([label, values]) => [label, new Set(isList(values) ? values : [])]),
    );
  }

  protected get options(): { name: string; help: string; labelNames: string[]; registers: [] } {
    const labelNames = [...this.seen.keys()].map(prometheusLabel);
    return { name: this.prometheusName, help: this.declaration.help, labelNames, registers: [] };
  }

  protected bounded(labels: LabelsOf<L>): Record<string, string> {
    const result: Record<string, string> = {};
    for (const [name, seen] of this.seen) {
      const value = (labels as Record<string, string>)[name] ?? '';
      const values = this.declaration.labels![name]!;
      if (!seen.has(value) && !isList(values) && seen.size < values.atMost) seen.add(value);
      result[prometheusLabel(name)] = seen.has(value) ? value : otherValue;
    }
    return result;
  }
}

export class Counter<L extends Labels = Labels> extends Metric<L> {
  private readonly metric: PromCounter;

  constructor(declaration: Declaration<L>) {
    super('counter', declaration);
    this.metric = register(new PromCounter(this.options));
  }

  /** Without labels, the first argument is the number. */
  inc(labels: LabelsOf<L> | number = 1, by = 1): void {
    if (typeof labels === 'number') this.metric.inc(labels);
    else this.metric.inc(this.bounded(labels), by);
  }
}

export class Gauge<L extends Labels = Labels> extends Metric<L> {
  private readonly metric: PromGauge;
  private read: ((gauge: this) => void) | undefined;

  constructor(declaration: Declaration<L>) {
    super('gauge', declaration);
    this.metric = register(new PromGauge({ ...this.options, collect: () => this.read?.(this) }));
  }

  /** Without labels, the only argument is the value. */
  set(labels: LabelsOf<L> | number, value = 0): void {
    if (typeof labels === 'number') this.metric.set(labels);
    else this.metric.set(this.bounded(labels), value);
  }

  /** On top of what it shows. */
  add(labels: LabelsOf<L>, value: number): void {
    this.metric.inc(this.bounded(labels), value);
  }

  remove(labels: LabelsOf<L>): void {
    this.metric.remove(this.bounded(labels));
  }

  reset(): void {
    this.metric.reset();
  }

  /** Runs whenever metrics are read, so it may read memory only. The last one that was given counts. */
  onRead(read: (gauge: this) => void): void {
    this.read = read;
  }
}

export class Histogram<L extends Labels = Labels> extends Metric<L> {
  private readonly metric: PromHistogram;
  private readonly hasExemplars: boolean;

  constructor(declaration: HistogramDeclaration<L>) {
    super('histogram', declaration);
    const { buckets, exemplars = false } = declaration;
    this.hasExemplars = exemplars;
    this.metric = register(new PromHistogram({ ...this.options, buckets: [...buckets], enableExemplars: exemplars }));
  }

  /** Without labels, the only argument is the value. `traceparent`: the trace that an exemplar names. */
  observe(labels: LabelsOf<L> | number, value = 0, traceparent?: string | null): void {
    const measured = typeof labels === 'number' ? labels : value;
    const of = typeof labels === 'number' ? {} : this.bounded(labels);
    if (!this.hasExemplars) return this.metric.observe(of, measured);
    const span = traceparent ? spanContextFrom({ traceparent }) : undefined;
    // A trace that is not recorded cannot be looked at.
    const exemplarLabels = span && span.traceFlags & 1 ? { trace_id: span.traceId } : {};
    this.metric.observe({ labels: of, value: measured, exemplarLabels });
  }

  /** Observes the seconds until the function that it returns is called. */
  startTimer(labels?: LabelsOf<L>): () => void {
    const started = performance.now();
    return () => {
      const seconds = (performance.now() - started) / 1_000;
      if (labels) this.observe(labels, seconds);
      else this.observe(seconds);
    };
  }
}

export const counter = <const L extends Labels = Record<never, never>>(of: Declaration<L>): Counter<L> =>
  new Counter(of);

export const gauge = <const L extends Labels = Record<never, never>>(of: Declaration<L>): Gauge<L> => new Gauge(of);

export const histogram = <const L extends Labels = Record<never, never>>(of: HistogramDeclaration<L>): Histogram<L> =>
  new Histogram(of);

/** The metrics that the loaded modules declare. */
export const declaredMetrics = (): readonly Metric[] => [...declared.values()];
