// The page that a connection link opens: who asks, for which organisation, and what the app will be able to do, with a
// button that goes on to Slack. Guarantees: it works without script; every text of a person is escaped; looking at it
// (a HEAD, a link preview) changes nothing.
import { createHash } from 'node:crypto';
import { isOptionalScope, scopeProfiles, scopes, type ScopeProfileName } from '@carillon/domain';
import { escapeHtml as e } from '@carillon/runtime';

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

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:38rem;margin:3rem auto;padding:0 1rem;color:#1d1c1d}
h1{font-size:1.5rem}li{margin:.4rem 0}code{background:#f4f4f4;padding:0 .3rem}small{color:#555}
button{font:inherit;padding:.6rem 1.6rem;border:0;border-radius:4px;background:#007a5a;color:#fff;cursor:pointer}`;
const styleHash = createHash('sha256').update(style).digest('base64');

/**
 * Without form-action: browsers apply it to the redirects that follow a form too, and these go to Slack, to the address
 * of a workspace at Slack, or to the return address. The form's proof keeps other pages from sending it.
 */
export const startPagePolicy = `default-src 'none'; style-src 'sha256-${styleHash}'; frame-ancestors 'none'; base-uri 'none'`;

export function startPage(page: StartPage): string {
  const { tenantName, memberId, installationName, profile, action, link, proof, expiresAt } = page;
  const list = scopeProfiles[profile].scopes.map(
    (scope) =>
      `<li><code>${e(scope)}</code> ${e(scopes[scope].reason)}${isOptionalScope(scope) ? ' <small>You may leave it out.</small>' : ''}</li>`,
  );
  return document(
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
  document(
    'Connect Slack',
    '<h1>This link is not valid any more</h1><p>Go back to the settings page and connect Slack again.</p>',
  );

const document = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${e(title)}</title><style>${style}</style></head><body>${body}</body></html>`;
