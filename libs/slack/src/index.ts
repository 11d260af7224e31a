// Slack as the services see it: a client that says what a failure means, limits as data, content as Block Kit, and
// the signature of Slack's requests. Slack's JSON is known here and nowhere else.
export { SlackClient, type CallOptions, type SlackClientOptions } from './client/slack-client.ts';
export type { SlackAnswer, SlackBody } from './client/answer.ts';
export { closeConnections } from './client/connections.ts';
export { resettingConnector } from './client/resetting-connector.ts';
export { classify, countsAsDone } from './failures/classify.ts';
export { failureReference, type FailureReference } from './failures/failure-reference.ts';
export type { FailureKind, Scope, Sent, SlackRetry } from './failures/failure-kinds.ts';
export { tokenIsDead, type SlackFailure } from './failures/slack-failure.ts';
export {
  methodLimitOf,
  methodLimits,
  postingLimits,
  restrictedHistory,
  type MethodLimit,
  type Tier,
} from './limits/method-limits.ts';
export { isFresh, sign, verifySignature, type SignedRequest } from './signature.ts';
export { fallbackText } from './rendering/fallback-text.ts';
export { senderName } from './rendering/sender-name.ts';
export { inspectStructure, isReservedId, type Structure } from './rendering/inspect-structure.ts';
export { messageBodyOf } from './rendering/message-body.ts';
export { notifyingMentions, notifyingMentionsInText, type NotifyingMention } from './rendering/notifying-mentions.ts';
export { aboutCharacters, renderMessage } from './rendering/render-message.ts';
export { renderPlainMessage } from './rendering/render-plain-message.ts';
export { renderDigest } from './rendering/render-digest.ts';
export { mention } from './rendering/mrkdwn-links.ts';
export { validateBlocks, type BlockProblem, type ValidateOptions } from './rendering/validate-blocks.ts';
export type {
  MessageAction,
  MessageBlock,
  MessageContent,
  MessageFact,
  MessageLink,
  MessageMention,
  RenderedMessage,
  RenderOptions,
  Shortened,
} from './rendering/message-content.ts';
