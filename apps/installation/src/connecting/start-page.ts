// The page that a connection link opens: who asks, for which organisation, and what the app will be able to do, with a
// button that goes on to Slack. Guarantees: it works without script; every text of a person is escaped; looking at it
// (a HEAD, a link preview) changes nothing.
import { isOptionalScope, scopeProfiles, scopes, type ScopeProfileName } from '@carillon/domain';
import { escapeHtml as e, htmlPage } from '@carillon/runtime';

export interface StartPage {
  tenantName: string;
  memberId: string;
  installationName: string | undefined;
  profile: ScopeProfileName;
  /** Where the form goes. */
  action: string;
  link: string;
  proof: string;
  expiresAt: Date;
}

export function startPage(page: StartPage): string {
  const { tenantName, memberId, installationName, profile, action, link, proof, expiresAt } = page;
  const list = scopeProfiles[profile].scopes.map(
    (scope) =>
      `<li><code>${e(scope)}</code> ${e(scopes[scope].reason)}${isOptionalScope(scope) ? ' <small>You may leave it out.</small>' : ''}</li>`,
  );
  return htmlPage(
    'Connect Slack',
    `<h1>Connect a Slack workspace to ${e(tenantName)}</h1>
<p><strong>${e(memberId)}</strong> of ${e(tenantName)} asks to connect Slack${installationName === undefined ? '' : ` as <strong>${e(installationName)}</strong>`}. Go on only if you know this person and this request.</p>
<p>${e(scopeProfiles[profile].title)}. The app will be able to:</p><ul>${list.join('')}</ul>
<p>After Slack's page, ${e(memberId)} has to confirm the connection. Until then nothing is sent.</p>
<form method="post" action="${e(action)}"><input type="hidden" name="connection" value="${e(link)}"><input type="hidden" name="proof" value="${e(proof)}"><button name="decision" value="allow">Continue to Slack</button></form>
<p><small>This link works until ${e(expiresAt.toISOString().slice(11, 16))} UTC.</small></p>`,
  );
}

/** For a link that is not genuine, so that nobody is sent anywhere. */
export const invalidLinkPage = (): string =>
  htmlPage(
    'Connect Slack',
    '<h1>This link is not valid any more</h1><p>Go back to the settings page and connect Slack again.</p>',
  );
