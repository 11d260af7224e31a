// How large a dead letter's record is, and what of it the letter does not hold, in words.
import type { DeadLetterSummary } from '@carillon/messaging';

const units = ['B', 'kB', 'MB', 'GB'] as const;

export function sizeText(bytes: number): string {
  let [size, unit] = [bytes, 0];
  while (size >= 1_000 && unit < units.length - 1) [size, unit] = [size / 1_000, unit + 1];
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}

/** For a list: the size of the original's value, and whether the letter holds less. */
export function sizeColumn({ size, missing }: DeadLetterSummary): string {
  if (missing.includes('batch')) return size.original.value > 0 ? `batch, ${sizeText(size.original.value)}` : 'batch';
  return missing.length === 0 ? sizeText(size.original.value) : `${sizeText(size.original.value)}, truncated`;
}

/** For one letter: each part that is missing, with what is held of how much. */
export function missingOf({ missing, size: { held, original } }: DeadLetterSummary): string {
  const parts = missing.map((part) => {
    if (part === 'batch') return 'no record of the batch could be read';
    if (part === 'headers') return `headers: ${held.headers} of ${original.headers} are held`;
    return `${part}: ${sizeText(held[part])} of ${sizeText(original[part])} are held`;
  });
  return parts.join('; ');
}
