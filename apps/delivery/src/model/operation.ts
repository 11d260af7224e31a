/** What an attempt does to the recipient's message. A channel that cannot change a message only creates. */
export const operations = ['create', 'update', 'delete'] as const;
export type Operation = (typeof operations)[number];
