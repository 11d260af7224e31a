// What a profile asks Slack for, and how it is shown: each scope with its reason, and what the profile makes possible.
import {
  capabilities,
  capabilitiesOf,
  capabilityNames,
  isOptionalScope,
  scopeProfileNames,
  scopeProfiles,
  scopes,
  type ScopeProfileName,
} from '@carillon/domain';
import { z } from 'zod';

export const scopeProfileView = z.object({
  name: z.enum(scopeProfileNames),
  title: z.string(),
  scopes: z.array(
    z.object({
      scope: z.string(),
      reason: z.string(),
      /** The person who installs the app may refuse it. */
      optional: z.boolean(),
    }),
  ),
  /** What works once every scope is granted. */
  capabilities: z.array(z.object({ name: z.enum(capabilityNames), title: z.string() })),
});
export type ScopeProfileView = z.output<typeof scopeProfileView>;

export const requestedScopes = (profile: ScopeProfileName): readonly string[] => scopeProfiles[profile].scopes;

export const scopeProfileViews: readonly ScopeProfileView[] = scopeProfileNames.map((name) => ({
  name,
  title: scopeProfiles[name].title,
  scopes: scopeProfiles[name].scopes.map((scope) => ({
    scope,
    reason: scopes[scope].reason,
    optional: isOptionalScope(scope),
  })),
  capabilities: capabilitiesOf(requestedScopes(name)).map((capability) => ({
    name: capability,
    title: capabilities[capability].title,
  })),
}));

/** Scopes of the profile that Slack did not grant. */
export const missingScopes = (profile: string, granted: readonly string[]): string[] =>
  Object.hasOwn(scopeProfiles, profile)
    ? requestedScopes(profile as ScopeProfileName).filter((scope) => !granted.includes(scope))
    : [];
