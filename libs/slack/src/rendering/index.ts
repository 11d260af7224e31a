// What a renderer of notifications needs, without Slack's client: it is loaded by worker threads too.
// `@carillon/slack/rendering`.
export { BodyRenderer, type BodyDrawing, type BodyInput, type BodyRendererOptions } from './budget/body-renderer.ts';
export { drawInWorker } from './budget/draw-in-worker.ts';
export type { NotDrawn } from './budget/render-workers.ts';
export { drawBody, drawPlainBody, type DrawnMessageBody, type MessageBody } from './draw-message-body.ts';
export { decoded, withoutTags } from './html.ts';
export { parseMarkdown } from './parse-markdown.ts';
