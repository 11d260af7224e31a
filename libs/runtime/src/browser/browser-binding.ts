// Binds an attempt (to connect a workspace, to link an account) to one browser: Slack must send back the browser that
// began. Guarantees: the secret is only in that browser's cookie, and the row holds its digest; scripts cannot read the
// cookie, and forms and frames of other sites do not send it; each attempt has a cookie of its own, so two tabs do not
// affect each other.
import { createHash, randomBytes } from 'node:crypto';

export class BrowserBinding {
  private readonly path: string;
  private readonly secure: boolean;

  /**
   * @param below the path of the steps, below PUBLIC_URL; the cookie is sent to no other
   * @param prefix of the names of the cookies
   */
  constructor(
    publicUrl: string,
    below: string,
    private readonly prefix: string,
  ) {
    const url = new URL(publicUrl);
    this.path = `${url.pathname.replace(/\/$/, '')}${below}`;
    this.secure = url.protocol === 'https:';
  }

  newSecret(): string {
    return randomBytes(32).toString('base64url');
  }

  digest(secret: string): string {
    return createHash('sha256').update(secret).digest('base64url');
  }

  setCookie(attemptId: string, secret: string, maxAgeSeconds: number): string {
    return [
      `${this.nameOf(attemptId)}=${secret}`,
      `Path=${this.path}`,
      `Max-Age=${Math.max(0, Math.floor(maxAgeSeconds))}`,
      'HttpOnly',
      'SameSite=Lax',
      ...(this.secure ? ['Secure'] : []),
    ].join('; ');
  }

  clearCookie(attemptId: string): string {
    return this.setCookie(attemptId, '', 0);
  }

  /** The secret in the browser's cookie for this attempt. */
  presented(cookieHeader: string | undefined, attemptId: string): string | undefined {
    return cookiesIn(cookieHeader).get(this.nameOf(attemptId));
  }

  /** The digests of every attempt's cookie that the browser has. */
  digestsIn(cookieHeader: string | undefined): string[] {
    return [...cookiesIn(cookieHeader)]
      .filter(([name]) => name.startsWith(this.prefix))
      .map(([, secret]) => this.digest(secret));
  }

  private nameOf(attemptId: string): string {
    return `${this.prefix}${attemptId.slice(0, 8)}`;
  }
}

function cookiesIn(header = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    const value = pair.slice(at + 1).trim();
    const name = pair.slice(0, at).trim();
    if (at > 0 && value !== '' && !found.has(name)) found.set(name, value);
  }
  return found;
}
