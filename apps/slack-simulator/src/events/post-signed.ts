/** One signed request to the app. As at Slack, it succeeds with an answer within 3 seconds and at most 2 redirects. */
import { signedHeaders } from './sign.ts';

export interface Answered {
  status: number | null;
  /** In Slack's words for `x-slack-retry-reason`. */
  failure?: 'http_timeout' | 'too_many_redirects' | 'connection_failed' | 'http_error';
  body?: string;
  noRetry?: boolean;
  tookMs: number;
}

const patienceMs = 3000;
const mostRedirects = 2;

export async function postSigned(
  signingSecret: string,
  url: string,
  contentType: string,
  body: string,
  extra: Record<string, string> = {},
): Promise<Answered> {
  const started = performance.now();
  const took = () => Math.round(performance.now() - started);
  const signal = AbortSignal.timeout(patienceMs);
  try {
    let target = url;
    for (let hop = 0; hop <= mostRedirects; hop++) {
      const response = await fetch(target, {
        method: 'POST',
        redirect: 'manual',
        signal,
        headers: {
          'content-type': contentType,
          'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
          ...signedHeaders(signingSecret, body),
          ...extra,
        },
        body,
      });
      const location = response.headers.get('location');
      if (response.status >= 300 && response.status < 400 && location !== null) {
        await response.body?.cancel();
        target = new URL(location, target).href;
        continue;
      }
      const answered: Answered = { status: response.status, body: await response.text(), tookMs: took() };
      if (!response.ok) answered.failure = 'http_error';
      if (response.headers.get('x-slack-no-retry') === '1') answered.noRetry = true;
      return answered;
    }
    return { status: null, failure: 'too_many_redirects', tookMs: took() };
  } catch {
    return { status: null, failure: signal.aborted ? 'http_timeout' : 'connection_failed', tookMs: took() };
  }
}
