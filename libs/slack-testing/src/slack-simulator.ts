// Starts the Slack simulator as a process for integration specs, and has the calls that set up its workspaces.
// Guarantees: each has a port of its own, and ends with `stop()`. The simulator is a declared dependency of this
// package, so that a change of it runs the specs of all who use this. It has to be built before.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const program = createRequire(import.meta.url).resolve('@carillon/slack-simulator');
/** With which the app exchanges codes for tokens. */
export interface SlackClient {
  id: string;
  secret: string;
}

const defaultClient: SlackClient = { id: '1000.2000', secret: 'simulated-client-secret' };
const redirectUri = 'http://127.0.0.1/callback';

export interface SeenMessage {
  ts: string;
  channel: string;
  text: string;
  blocks?: unknown;
  thread_ts?: string;
  files?: { id: string; title: string; name: string; size: number; url_private: string }[];
}

export interface RequestCounts {
  ok: number;
  errors: number;
  rateLimited: number;
}

export class SlackSimulator {
  private constructor(
    readonly url: string,
    private readonly client: SlackClient,
    private readonly kill: () => void,
  ) {}

  static async start(client: SlackClient = defaultClient): Promise<SlackSimulator> {
    const child = spawn(process.execPath, [program], {
      env: { HOST: '127.0.0.1', PORT: '0', SLACK_CLIENT_ID: client.id, SLACK_CLIENT_SECRET: client.secret },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: child.stdout })) {
      const { msg, url } = JSON.parse(line) as { msg: string; url: string };
      if (msg !== 'ready') continue;
      child.stdout.resume();
      return new SlackSimulator(url, client, () => child.kill());
    }
    throw new Error('the simulator did not start; is it built?');
  }

  stop(): void {
    this.kill();
  }

  /** Creates the workspace, or adds to it. */
  async workspace(body: {
    id: string;
    name?: string;
    users?: object[];
    channels?: object[];
    generate?: object;
    enterpriseId?: string;
  }): Promise<void> {
    await this.control('POST', '/_sim/workspaces', body);
  }

  async limits(body: object): Promise<void> {
    await this.control('POST', '/_sim/limits', body);
  }

  async faults(body: object[]): Promise<void> {
    await this.control('POST', '/_sim/faults', body);
  }

  async noFaults(): Promise<void> {
    await this.control('DELETE', '/_sim/faults');
  }

  async messages(team: string): Promise<SeenMessage[]> {
    const { items } = (await this.control('GET', `/_sim/messages?team=${team}`)) as { items: SeenMessage[] };
    return items;
  }

  async requests(team: string, method: string): Promise<RequestCounts> {
    const { byMethod } = (await this.control('GET', `/_sim/requests?team=${team}&method=${method}`)) as {
      byMethod: Record<string, RequestCounts>;
    };
    return byMethod[method] ?? { ok: 0, errors: 0, rateLimited: 0 };
  }

  /** Installs the app through the OAuth pages, as an admin does, and returns the bot token. */
  async install(team: string, scopes: string): Promise<string> {
    const form = new URLSearchParams({
      client_id: this.client.id,
      scope: scopes,
      redirect_uri: redirectUri,
      state: 's',
      team,
      decision: 'allow',
    });
    const allowed = await fetch(`${this.url}/oauth/v2/authorize`, { method: 'POST', body: form, redirect: 'manual' });
    const code = new URL(allowed.headers.get('location') ?? '', this.url).searchParams.get('code') ?? '';
    const exchange = new URLSearchParams({
      client_id: this.client.id,
      client_secret: this.client.secret,
      code,
      redirect_uri: redirectUri,
    });
    const granted = (await (
      await fetch(`${this.url}/api/oauth.v2.access`, { method: 'POST', body: exchange })
    ).json()) as { access_token?: string };
    if (!granted.access_token) throw new Error(`not installed: ${JSON.stringify(granted)}`);
    return granted.access_token;
  }

  /** A call of the control surface, by its path: `/_sim/…`. @returns undefined for an empty answer */
  async control(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(this.url + path, {
      method,
      ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }
}
