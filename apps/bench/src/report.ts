// One figure of a benchmark, as it is printed.

export interface Figure {
  bench: string;
  ours: number;
  baseline: number;
  /** ours / baseline. Where more is better, more than 1 is faster than the baseline. */
  ratio: number;
  unit: string;
  better: 'more' | 'less';
  [detail: string]: unknown;
}

const round = (value: number): number => Number(value.toPrecision(4));

export function figure(
  bench: string,
  ours: number,
  baseline: number,
  unit: string,
  better: Figure['better'],
  details: object = {},
): Figure {
  return {
    bench,
    ours: round(ours),
    baseline: round(baseline),
    ratio: round(ours / baseline),
    unit,
    better,
    ...details,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The least value that at least this share of the values does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
