// The stand-in Slack through its control surface: what people see, what was asked of it, what goes wrong.

export interface SeenMessage {
  ts: string;
  team: string;
  channel: string;
  user?: string;
  text: string;
  blocks?: unknown[];
  metadata?: { event_type: string; event_payload: { delivery_id: string; attempt: number } };
  deleted?: boolean;
  /** ms since 1970. */
  receivedAt: number;
}

export interface Fault {
  method?: string;
  team?: string;
  kind: 'rate_limit' | 'http_500' | 'error' | 'timeout_before' | 'timeout_after' | 'reset_before' | 'reset_after';
  value?: string | number;
  probability?: number;
  count?: number;
  /** Kinds `http_500` and `error`: the method takes effect all the same. */
  after?: boolean;
  /** Makes the rolls of `probability` repeatable. */
  seed?: number;
}

interface Requests {
  total: number;
  byMethod: Record<string, { ok: number; errors: number; rateLimited: number }>;
}

export class SlackWorld {
  constructor(private readonly url: string) {}

  workspace(body: object): Promise<unknown> {
    return this.post('/_sim/workspaces', body);
  }

  fault(...faults: readonly Fault[]): Promise<unknown> {
    return this.post('/_sim/faults', faults);
  }

  async clearFaults(): Promise<void> {
    await fetch(`${this.url}/_sim/faults`, { method: 'DELETE' });
  }

  limits(limits: { channelPerSecond?: number | null; workspacePerMinute?: number | null }): Promise<unknown> {
    return this.post('/_sim/limits', limits);
  }

  /** As if an admin of the workspace had removed the app. */
  uninstall(team: string): Promise<unknown> {
    return this.post('/_sim/uninstall', { team });
  }

  async messages(filter: { team?: string; channel?: string; user?: string } = {}): Promise<SeenMessage[]> {
    const answer = (await this.get(`/_sim/messages?${new URLSearchParams(filter).toString()}`)) as {
      messages: SeenMessage[];
    };
    return answer.messages;
  }

  /** Messages of the given deliveries, by delivery id, with every copy. */
  async copies(): Promise<Map<string, SeenMessage[]>> {
    const copies = new Map<string, SeenMessage[]>();
    for (const message of await this.messages()) {
      const id = message.metadata?.event_payload.delivery_id;
      if (id !== undefined) copies.set(id, [...(copies.get(id) ?? []), message]);
    }
    return copies;
  }

  async requests(method: string, team?: string): Promise<{ ok: number; errors: number; rateLimited: number }> {
    const answer = (await this.get(
      `/_sim/requests?${new URLSearchParams({ method, ...(team && { team }) }).toString()}`,
    )) as Requests;
    return answer.byMethod[method] ?? { ok: 0, errors: 0, rateLimited: 0 };
  }

  private async get(path: string): Promise<unknown> {
    const response = await fetch(`${this.url}${path}`);
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return response.json();
  }

  private async post(path: string, body: object): Promise<unknown> {
    const response = await fetch(`${this.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response.json();
  }
}
