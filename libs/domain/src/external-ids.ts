// Ids that Carillon does not make itself: those of products, of CloudEvents and of Slack. Guarantee: an accepted id can
// be stored, and stays unambiguous in the keys, derived ids and lists that it becomes a part of.
import { z } from 'zod';

const id = z.string().min(1).max(200);

/** Ids that people and products choose: no white space, control characters or commas, at most 200 characters. */
export const externalId = id.regex(
  /^[^\s,\p{Cc}\p{Cs}]+$/u,
  'must not contain white space, commas or control characters',
);

/** Without a colon too: record keys are `tenantId:memberId`, and such a key must belong to one tenant only. */
export const tenantId = id.regex(
  /^[^\s,:\p{Cc}\p{Cs}]+$/u,
  'must not contain white space, commas, colons or control characters',
);

const oneLine = /^[^\p{Cc}\p{Cs}]+$/u;

/**
 * A CloudEvents `source`. Source and id together identify an event; where an id is derived from them, a line feed
 * separates them, so neither may contain one.
 */
export const eventSource = z.string().min(1).max(500).regex(oneLine, 'must not contain control characters');
/** A CloudEvents `id`. */
export const eventId = z.string().min(1).max(200).regex(oneLine, 'must not contain control characters');

const idOfChannel = /^[CG][A-Z0-9]+$/;

/** A name has no upper case, so it is never taken for an id. */
export const isChannelId = (text: string): boolean => idOfChannel.test(text);

/** A conversation by Slack's own id. What is kept names it so: a channel's name can change. */
export const channelId = z
  .string()
  .max(50)
  .regex(
    idOfChannel,
    "must be the channel's id such as C0123456789, not its name: in Slack, open the channel, click its name, and copy the id at the foot of the page",
  );
