// Notifications that a test has asked for, as the promises about them need to know them.

export interface Sent {
  notificationId: string;
  channel: string;
}

export interface Load {
  /** In the order of publication, which is the order promised within each channel. */
  readonly sent: readonly Sent[];
  readonly ids: readonly string[];
  /** When the last one is on Kafka. */
  readonly published: Promise<void>;
}

/** Two loads as one: the second begins when the first is published, so that there is one order. */
export async function followedBy(first: Load, begin: () => Load): Promise<Load> {
  await first.published;
  const second = begin();
  return {
    sent: [...first.sent, ...second.sent],
    ids: [...first.ids, ...second.ids],
    published: second.published,
  };
}
