/** A simulator on a free port with one workspace, and the steps that many specs need. */
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { type Logger, LogLevel, WebClient, type WebClientOptions } from '@slack/web-api';
import { type Simulator, type SimulatorOptions, startSimulator } from '../simulator.ts';

export const acme = {
  id: 'T0ACME',
  name: 'Acme',
  domain: 'acme',
  users: [
    { id: 'U0ADA', name: 'Ada Lovelace', email: 'ada@acme.test', admin: true, tz: 'Europe/London' },
    { id: 'U0BEN', name: 'Ben Miller', email: 'ben@acme.test' },
    { id: 'U0GONE', name: 'Gone Person', email: 'gone@acme.test', deleted: true },
    { id: 'U0ROBOT', name: 'Other Bot', bot: true },
  ],
  channels: [
    { id: 'C0GENERAL', name: 'general', members: ['bot', 'U0ADA', 'U0BEN'] },
    { id: 'C0OPEN', name: 'open', members: ['U0ADA'] },
    { id: 'C0OLD', name: 'old', archived: true, members: ['bot'] },
    { id: 'C0SECRET', name: 'secret', private: true, members: ['U0ADA'] },
    { id: 'C0TEAM', name: 'team', private: true, members: ['bot', 'U0ADA'] },
  ],
};

/** The org of `acme` and `south`. */
export const grid = { id: 'E0GRID', name: 'Acme Group' };
export const south = {
  id: 'T0SOUTH',
  name: 'Acme South',
  domain: 'acme-south',
  enterpriseId: grid.id,
  users: [
    { id: 'U0SUE', name: 'Sue South', email: 'sue@acme.test', admin: true },
    { id: 'U0ADA', name: 'Ada Lovelace', email: 'ada@acme.test' },
  ],
  channels: [{ id: 'C0SOUTH', name: 'south', members: ['bot', 'U0SUE'] }],
};

export const direct = 'chat:write,im:write,users:read,users:read.email';
export const redirectUri = 'http://app.test/callback';

const ignore = () => undefined;
const silent: Logger = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  setLevel: ignore,
  getLevel: () => LogLevel.ERROR,
  setName: ignore,
};

export interface RecordedMessage {
  ts: string;
  channel: string;
  user: string;
  author: string;
  text: string;
  blocks: unknown[] | null;
  thread_ts: string | null;
  deleted: boolean;
  edited: object | null;
  username?: string;
  files: { id: string; name: string }[];
}

export class Fixture {
  simulator!: Simulator;

  constructor(private readonly options: () => SimulatorOptions | Promise<SimulatorOptions>) {}

  async start(): Promise<void> {
    this.simulator = await startSimulator({ redirectUrls: ['http://app.test/'], ...(await this.options()) });
  }

  get url(): string {
    return this.simulator.url;
  }

  async control<T = Record<string, unknown>>(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<T> {
    const response = await fetch(`${this.url}/_sim/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async messages(filter = ''): Promise<RecordedMessage[]> {
    return (await this.control<{ items: RecordedMessage[] }>('GET', `messages?${filter}`)).items;
  }

  /** Presses Allow, as a browser without script would, and answers where it is sent. */
  async decide(
    query: Record<string, string>,
    form: Record<string, string>,
    path = '/oauth/v2/authorize',
  ): Promise<URL> {
    const body = new URLSearchParams({
      client_id: this.simulator.app.clientId,
      redirect_uri: redirectUri,
      ...query,
      ...form,
    });
    const response = await fetch(`${this.url}${path}`, { method: 'POST', body, redirect: 'manual' });
    return new URL(response.headers.get('location') ?? 'about:blank');
  }

  async code(scope: string, extra: Record<string, string> = {}): Promise<string> {
    return (
      (await this.decide({ scope, ...extra }, { team: acme.id, decision: 'allow' })).searchParams.get('code') ?? ''
    );
  }

  async access(args: Record<string, string>): Promise<Record<string, unknown>> {
    const { clientId: client_id, clientSecret: client_secret } = this.simulator.app;
    const body = new URLSearchParams({ client_id, client_secret, redirect_uri: redirectUri, ...args });
    return (await (await fetch(`${this.url}/api/oauth.v2.access`, { method: 'POST', body })).json()) as Record<
      string,
      unknown
    >;
  }

  async install(scope: string): Promise<string> {
    return String((await this.access({ code: await this.code(scope) })).access_token);
  }

  /** Installs the app in the whole org of `acme` and `south`, and adds these workspaces to the installation. */
  async installedOrg(scope: string, covered: readonly string[] = [acme.id, south.id]): Promise<WebClient> {
    await this.control('POST', 'orgs', grid);
    await this.control('POST', 'workspaces', { id: acme.id, enterpriseId: grid.id });
    await this.control('POST', 'workspaces', south);
    const back = await this.decide({ scope }, { team: grid.id, decision: 'allow' });
    const { access_token } = await this.access({ code: back.searchParams.get('code') ?? '' });
    await this.control('POST', 'orgs/access', { enterprise: grid.id, grant: covered });
    return this.client(String(access_token));
  }

  client(token: string, options: WebClientOptions = {}): WebClient {
    return new WebClient(token, {
      slackApiUrl: `${this.url}/api/`,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      logger: silent,
      ...options,
    });
  }

  /** Gets an upload URL and uploads a file; returns its id. */
  async upload(client: WebClient, filename = 'a.txt', content = 'content'): Promise<string> {
    const length = Buffer.byteLength(content);
    const { upload_url = '', file_id = '' } = await client.files.getUploadURLExternal({ filename, length });
    await fetch(upload_url, { method: 'POST', body: content });
    return file_id;
  }

  /** A client for a person who allowed the app to act for them. */
  async person(user: string, scope: string): Promise<WebClient> {
    const back = await this.decide({ user_scope: scope }, { team: acme.id, user, decision: 'allow' });
    const { authed_user } = await this.access({ code: back.searchParams.get('code') ?? '' });
    return this.client((authed_user as { access_token: string }).access_token);
  }

  async installed(scope: string): Promise<WebClient> {
    return this.client(await this.install(scope));
  }
}

/** One simulator per spec file, a fresh world with `acme` per test. Limits are off unless a test is about them. */
export function useSimulator(
  options: () => SimulatorOptions | Promise<SimulatorOptions> = () => ({}),
  limits = false,
): Fixture {
  const fixture = new Fixture(options);
  beforeAll(() => fixture.start());
  beforeEach(async () => {
    await fixture.control('POST', 'reset');
    await fixture.control('POST', 'workspaces', acme);
    if (!limits)
      await fixture.control('POST', 'limits', {
        channelPerSecond: null,
        workspacePerMinute: null,
        methods: { '*': null },
      });
  });
  afterAll(() => fixture.simulator.close());
  return fixture;
}

/** The error code of a refused call. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    const { data, code } = error as { data?: { error: string }; code?: string };
    return data?.error ?? code ?? String(error);
  }
  return 'ok';
}
