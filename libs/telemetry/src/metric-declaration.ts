// What a metric says of itself, and its names. Guarantee: the name in Prometheus follows from the name and the unit, as
// OpenTelemetry's exporter makes it.

/** The values of a label: a list, or a number of them where they are not known before. */
export type LabelValues = readonly string[] | { atMost: number; of: string };
/** By the attribute's name: `http.route`. */
export type Labels = Readonly<Record<string, LabelValues>>;
export type LabelsOf<L extends Labels> = {
  [Name in keyof L]: L[Name] extends readonly (infer Value)[] ? Value : string;
};

export interface Declaration<L extends Labels> {
  /** As in OpenTelemetry: `carillon.delivery.attempts`. */
  name: string;
  /** UCUM: `s`, or what is counted: `{record}`. */
  unit: string;
  help: string;
  labels?: L;
}

export interface HistogramDeclaration<L extends Labels> extends Declaration<L> {
  /** Upper bounds, in the unit. */
  buckets: readonly number[];
  /** Each bucket names the trace of its last measurement, where that trace was recorded. */
  exemplars?: boolean;
}

export type MetricKind = 'counter' | 'gauge' | 'histogram';

/** What a label says in place of every value beyond its bound. */
export const otherValue = 'other';

export function prometheusName({ name, unit }: { name: string; unit: string }, kind: MetricKind): string {
  return `${name.replaceAll('.', '_')}${unit === 's' ? '_seconds' : ''}${kind === 'counter' ? '_total' : ''}`;
}

export const prometheusLabel = (name: string): string => name.replaceAll('.', '_');

export const isList = (values: LabelValues): values is readonly string[] => Array.isArray(values);
