// Waits until preferences knows a new installation: a request that names it before would be suppressed as unknown.
import { until } from '../until.ts';

export interface InstallationQuestion {
  preferencesUrl: string;
  /** Of an admin of the tenant. */
  accessToken: string;
  installationId: string;
}

/** Asks for the decision on a request to a channel of the installation, and sends nothing. */
export async function untilInstallationIsKnown(question: InstallationQuestion): Promise<void> {
  const { preferencesUrl, accessToken, installationId } = question;
  const request = {
    type: 'report.ready',
    title: 'Is the installation known?',
    source: '/playground',
    id: installationId,
    to: [{ channel: 'C0PLAYGROUND', installation: installationId }],
  };
  await until('preferences to know the installation', async () => {
    const response = await fetch(`${preferencesUrl}/v1/explain`, {
      method: 'POST',
      headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });
    const { recipients = [] } = (await response.json()) as { recipients?: { verdict: string }[] };
    return recipients[0]?.verdict === 'send';
  });
}
