/**
 * Where a channel shows a message, in the channel's own words: the ledger stores it as JSON and hands it back to the
 * same channel, which alone reads it.
 */
export type MessageRef = Readonly<Record<string, unknown>>;
