// A call to Slack that is repeated until Slack has answered.
import type { SealedPair } from '../tokens/sealed-tokens.ts';
import type { TaskKind } from './task-kinds.ts';

export interface TaskDetails {
  /** The app is removed from the workspace where nothing else uses it; else only the tokens are revoked. */
  revoke: { uninstall: boolean };
  /** An event of Slack's says that the app was removed or a token revoked. `at`: ISO time. */
  verify: { reason: 'app_uninstalled' | 'tokens_revoked'; at: string };
  /** The workspace's name, domain or organisation, or the workspaces of an organisation, may have changed. */
  describe: { because: string };
}

export interface NewTask<K extends TaskKind = TaskKind> {
  kind: K;
  /** The installation, or the connection, that the tokens are sealed for. */
  subject: string;
  tenantId: string;
  workspaceId: string;
  detail: TaskDetails[K];
  /** Of `revoke`. */
  tokens?: SealedPair;
}

export interface SlackTask {
  id: string;
  kind: TaskKind;
  subject: string;
  tenantId: string;
  workspaceId: string;
  detail: TaskDetails[TaskKind];
  kid: string | null;
  accessToken: string | null;
  refreshToken: string | null;
  tokenExpiresAt: Date | null;
  /** This one included. */
  attempts: number;
  createdAt: Date;
}

/** Carries out a task; a rejection means that it is repeated. */
export type Carry = (task: SlackTask) => Promise<void>;
