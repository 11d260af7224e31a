// Documents under docs/ that are generated from code. A spec compares what is committed with what the code says now;
// UPDATE_DOCS=1 writes the document anew. Several projects may each own a section of one document, since no project may
// import all of them.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Comparison {
  committed: string;
  generated: string;
}

/** `expect(committed).toBe(generated)` fails where somebody changed the one and not the other. */
export function generatedDocument(file: string, generated: string): Comparison {
  const path = pathOf(file);
  if (isUpdating()) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, generated);
  }
  return { committed: read(path), generated };
}

/** One section of a Markdown document: from its heading `## name` to the next one. Sections are in order of name. */
export function generatedSection(file: string, name: string, body: string): Comparison {
  const path = pathOf(file);
  const generated = `## ${name}\n\n${body}\n`;
  const [head, ...sections] = read(path)
    .split(/^(?=## )/m)
    .map((part) => `${part.trimEnd()}\n`);
  const isOwn = (section: string): boolean => section.startsWith(`## ${name}\n`);
  if (isUpdating()) {
    const all = [...sections.filter((section) => !isOwn(section)), generated].sort((a, b) => (a < b ? -1 : 1));
    writeFileSync(path, [head!, ...all].join('\n'));
  }
  const now = read(path)
    .split(/^(?=## )/m)
    .map((part) => `${part.trimEnd()}\n`);
  return { committed: now.find(isOwn) ?? '', generated };
}

/** The names of the sections of a document, in their order. */
export const sectionsOf = (file: string): string[] =>
  [...read(pathOf(file)).matchAll(/^## (.+)$/gm)].map(([, name]) => name!);

const isUpdating = (): boolean => process.env['UPDATE_DOCS'] === '1';
const pathOf = (file: string): string => fileURLToPath(new URL(`../../../../docs/${file}`, import.meta.url));

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
