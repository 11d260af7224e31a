// The title of a type whose record has none: `report.import.finished` as a person would say it.
export function readableType(type: string): string {
  const words = type.replace(/[._-]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
