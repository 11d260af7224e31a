// What Slack granted, and what Slack says of the workspace and of the person who installed the app. It contains no
// token, so that it may wait in the database for the confirmation.
import { hasCapability, storable } from '@carillon/domain';
import type { Grant } from '../slack-app/grant.ts';
import type { SlackApp } from '../slack-app/slack-app.ts';

export interface ObservedGrant extends Omit<Grant, 'tokens'> {
  botId?: string;
  name?: string;
  domain?: string;
  iconUrl?: string;
  isWorkspaceAdmin: boolean;
}

/** @param asksForAdmin whether the tenant's policy requires an admin of the workspace; nobody is looked up otherwise */
export async function observe(
  slack: SlackApp,
  { tokens: { accessToken }, ...grant }: Grant,
  asksForAdmin: boolean,
): Promise<ObservedGrant> {
  const { scopes, authorizedBy } = grant;
  const [details, iconUrl, isWorkspaceAdmin] = await Promise.all([
    slack.workspaceDetails(accessToken),
    hasCapability(scopes, 'workspace_icon') ? slack.workspaceIcon(accessToken).catch(() => undefined) : undefined,
    asksForAdmin && authorizedBy !== undefined ? slack.isWorkspaceAdmin(accessToken, authorizedBy) : false,
  ]);
  const observed = { ...grant, ...details, ...(iconUrl !== undefined && { iconUrl }), isWorkspaceAdmin };
  // Slack's texts may contain what PostgreSQL cannot store.
  return JSON.parse(JSON.stringify(observed), (_key, value: unknown) =>
    typeof value === 'string' ? storable(value) : value,
  ) as ObservedGrant;
}
