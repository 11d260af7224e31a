// The simulated Slack that this service's specs run against, with the client id and secret of their environment.
import { SlackSimulator } from '@carillon/slack-testing';
import { environment } from './environment.ts';

export interface Simulator {
  url: string;
  control<T = unknown>(method: string, path: string, body?: unknown): Promise<T>;
  /** A Web API call as whoever holds the token. */
  api(token: string, method: string): Promise<{ ok: boolean; error?: string; team_id?: string }>;
  close(): void;
}

export async function startSimulator(): Promise<Simulator> {
  const { SLACK_CLIENT_ID: id = '', SLACK_CLIENT_SECRET: secret = '' } = environment;
  const simulator = await SlackSimulator.start({ id, secret });
  return {
    url: simulator.url,
    control: <T>(method: string, path: string, body?: unknown) =>
      simulator.control(method, `/_sim/${path}`, body) as Promise<T>,
    async api(token, method) {
      const response = await fetch(`${simulator.url}/api/${method}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
      });
      return (await response.json()) as { ok: boolean };
    },
    close: () => simulator.stop(),
  };
}
