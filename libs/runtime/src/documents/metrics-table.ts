// The reference of a project's metrics: a Markdown table from their declarations. Guarantee: every metric is listed, by
// its name in Prometheus and its name in OpenTelemetry, with the values that each label can have.
import { isList, prometheusLabel, type LabelValues, type Metric } from '@carillon/telemetry';
import { markdownTable } from './markdown-table.ts';

/** A list that is longer is given as its length. */
const longestList = 12;

export function metricsTable(metrics: readonly Metric[]): string {
  const rows = [...metrics]
    .sort((a, b) => a.prometheusName.localeCompare(b.prometheusName))
    .map(({ prometheusName, kind, declaration: { name, unit, help, labels = {} } }) => [
      `\`${prometheusName}\``,
      kind,
      `\`${name}\``,
      `\`${unit}\``,
      help,
      Object.entries<LabelValues>(labels).map(describeLabel).join('; '),
    ]);
  return markdownTable(['Prometheus', 'Kind', 'OpenTelemetry', 'Unit', 'What it measures', 'Labels'], rows);
}

function describeLabel([name, values]: [string, LabelValues]): string {
  const label = `\`${prometheusLabel(name)}\``;
  if (!isList(values)) return `${label} (${values.of}, at most ${values.atMost})`;
  const shown = values.length > longestList ? `${values.length} values` : values.map((v) => `\`${v}\``).join(', ');
  return `${label} (${shown})`;
}
