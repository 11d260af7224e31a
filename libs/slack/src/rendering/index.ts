// What draws the body of a Slack message, without Slack's client: worker threads load it.
// `@carillon/slack/rendering`.
export { drawBody, drawPlainBody, type DrawnMessageBody, type MessageBody } from './draw-message-body.ts';
