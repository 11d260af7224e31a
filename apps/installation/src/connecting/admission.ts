// Decides whether a grant of Slack's creates or renews an installation of a tenant. Pure; the caller holds the locks.
// Guarantees: a workspace belongs to one tenant at a time; a tenant has one installation of a workspace; an
// installation never changes its workspace; the tenant's policy is met.
import type { KnownState } from '../installations/installation.entity.ts';
import type { PolicyTerms } from '../policy/policies.ts';
import type { Refusal } from './connection-refusals.ts';

interface Known {
  id: string;
  tenantId: string;
  workspaceId: string;
  state: KnownState;
}

export interface Question<I extends Known> {
  tenantId: string;
  workspaceId: string;
  /** The installation the admin wants to connect again, if any. */
  wantedId: string | null;
  /** The wanted installation, and all of the workspace's. */
  known: readonly I[];
  /** How many of the tenant's installations count; read only where the policy has a limit. */
  counted: number;
  policy: PolicyTerms;
  /** Whether the person is an admin of the workspace; read only where the policy requires it. */
  isWorkspaceAdmin: boolean;
}

export type Admission<I extends Known> = { renews: I } | { creates: true } | { refusal: Refusal };

export function admit<I extends Known>({
  tenantId,
  workspaceId,
  wantedId,
  known,
  counted,
  policy,
  isWorkspaceAdmin,
}: Question<I>): Admission<I> {
  const own = known.filter((installation) => installation.tenantId === tenantId);
  const wanted = wantedId === null ? undefined : own.find((installation) => installation.id === wantedId);
  if (wantedId !== null && !wanted) return { refusal: 'installation_gone' };
  if (wanted && wanted.workspaceId !== workspaceId) return { refusal: 'other_workspace' };
  // The app has one token per workspace, so revoking it for one tenant would revoke it for the other. A disconnected or
  // lost installation has no token, so another tenant may connect the workspace.
  if (known.some((i) => i.tenantId !== tenantId && i.workspaceId === workspaceId && i.state === 'active'))
    return { refusal: 'workspace_taken' };
  if (policy.requireWorkspaceAdmin && !isWorkspaceAdmin) return { refusal: 'workspace_admin_required' };
  const renews = wanted ?? own.find((installation) => installation.workspaceId === workspaceId);
  if (!hasRoom(counted, policy, renews)) return { refusal: 'installation_limit' };
  return renews ? { renews } : { creates: true };
}

/**
 * A disconnected installation keeps its row for its name and history, and a pending one is counted when it is
 * confirmed; neither counts. A lost one does, for it holds what waits.
 */
export const countedStates = ['active', 'lost'] as const satisfies KnownState[];

/** @param counted the tenant's installations in these states */
export function hasRoom(counted: number, { maxInstallations }: PolicyTerms, renewed?: Pick<Known, 'state'>): boolean {
  const others = renewed && (countedStates as readonly KnownState[]).includes(renewed.state) ? counted - 1 : counted;
  return maxInstallations === null || others < maxInstallations;
}
