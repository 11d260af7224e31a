// What is asked of Slack until it has answered.
export const taskKinds = ['revoke', 'verify', 'describe'] as const;
export type TaskKind = (typeof taskKinds)[number];
