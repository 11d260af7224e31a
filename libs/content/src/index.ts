// The content of notifications, for every channel: parsing Markdown, deciding which addresses are links, cutting text,
// and rendering bodies within a budget. `@carillon/content/digest` has the content of digests. It knows no channel's
// format. Worker threads load this module, so it imports nothing but the Markdown parser and the cache.
export { BodyRenderer, type BodyDrawing, type BodyInput, type BodyRendererOptions } from './budget/body-renderer.ts';
export { drawInWorker } from './budget/draw-in-worker.ts';
export type { NotDrawn } from './budget/render-workers.ts';
export { clean, isVisible, oneLine } from './characters.ts';
export { beginningOf, cutTo, shortenedPlain, wholeCharacters } from './cuts.ts';
export { gapMark, headAndTail, type HeadAndTail } from './head-and-tail.ts';
export { escapeMarkdown } from './markdown/escape-markdown.ts';
export { followableAddress, linkOf, splitByAddress, unlinked, webAddress, type DrawnLink } from './markdown/links.ts';
export { parseMarkdown, walkTokens, type Token, type Tokens } from './markdown/parse-markdown.ts';
export { plainWords, taskMark, textOf, words } from './markdown/plain-words.ts';
export { decodeEntities, stripTags } from './markdown/strip-tags.ts';
