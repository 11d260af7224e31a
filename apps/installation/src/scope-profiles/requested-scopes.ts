// What a profile asks Slack for, and how it is shown: each scope with its reason.
import { scopeProfileNames, scopeProfiles, type ScopeProfileName } from '@carillon/domain';

export interface ScopeProfileView {
  name: ScopeProfileName;
  title: string;
  scopes: { scope: string; reason: string }[];
}

export const requestedScopes = (profile: ScopeProfileName): string[] => Object.keys(scopeProfiles[profile].scopes);

export const scopeProfileViews: readonly ScopeProfileView[] = scopeProfileNames.map((name) => ({
  name,
  title: scopeProfiles[name].title,
  scopes: Object.entries(scopeProfiles[name].scopes).map(([scope, reason]) => ({ scope, reason })),
}));

/** Scopes of the profile that Slack did not grant. */
export const missingScopes = (profile: string, granted: readonly string[]): string[] =>
  Object.hasOwn(scopeProfiles, profile)
    ? requestedScopes(profile as ScopeProfileName).filter((scope) => !granted.includes(scope))
    : [];
