// Connects a workspace as its admin does: gets a link from the service installation, opens it, goes on from the start
// page, presses Allow at Slack, follows the redirect to the product's address, and confirms the connection.
import { Browser, textOf } from './browser.ts';

export interface ConnectRequest {
  installationUrl: string;
  /** Of a `security_admin` or `owner`. */
  accessToken: string;
  name: string;
  profile: string;
  teamId: string;
  returnTo: string;
  /** The installation to reconnect; without it a new one is created. */
  installationId?: string;
}

export async function connectWorkspace(request: ConnectRequest): Promise<{ installationId: string; teamId: string }> {
  const { installationUrl, accessToken, name, profile, installationId, returnTo } = request;
  const response = await fetch(`${installationUrl}/v1/connections`, {
    method: 'POST',
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name, profile, returnTo, ...(installationId ? { installationId } : {}) }),
  });
  const text = await response.text();
  if (!response.ok)
    throw new Error(`POST /v1/connections of installation answered ${response.status}: ${text.slice(0, 300)}`);
  const { url, id } = JSON.parse(text) as { url: string; id: string };

  const browser = new Browser();
  const home = new URL(returnTo);
  const back = (at: URL): boolean =>
    at.origin === home.origin &&
    at.pathname === home.pathname &&
    (at.searchParams.has('installation') || at.searchParams.has('error'));
  const started = await browser.open(url, back);
  const asked = 'arrived' in started ? started : await browser.submit(started, /slack/i, {}, back);
  const ended =
    'arrived' in asked
      ? asked
      : await browser.submit(asked, /allow/i, { team: request.teamId, team_id: request.teamId }, back);
  if (!('arrived' in ended))
    throw new Error(
      `After Allow, ${ended.url.origin}${ended.url.pathname} answered ${ended.status}: ${textOf(ended.html)}`,
    );
  const error = ended.arrived.searchParams.get('error');
  if (error) throw new Error(`Connecting ended with ${error}`);
  const confirmed = await fetch(`${installationUrl}/v1/connections/${id}/confirm`, {
    method: 'POST',
    headers: { authorization: `Bearer ${accessToken}` },
  });
  if (!confirmed.ok)
    throw new Error(
      `Confirming the connection answered ${confirmed.status}: ${(await confirmed.text()).slice(0, 300)}`,
    );
  return { installationId: ended.arrived.searchParams.get('installation') ?? '', teamId: request.teamId };
}
