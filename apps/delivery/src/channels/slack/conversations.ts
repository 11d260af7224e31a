// Opens conversations: the direct message with a person, the group of several people. Guarantees: a conversation is
// opened once for all processes, and its id is stored; it is opened again only after Slack reported it as not found.
import type { Pool } from 'pg';
import type { SlackDestination } from '@carillon/domain';
import { defineStatement } from '@carillon/persistence';
import { classify, type SlackClient } from '@carillon/slack';
import type { Refusal } from './answers.ts';

export type Opened = { channel: string } | { waitMs: number } | { refusal: Refusal };

const mostInMemory = 50_000;

const conversation = { teamId: 'text', people: 'text' } as const;
const selectChannel = defineStatement({
  parameters: conversation,
  text: (p) => `SELECT channel FROM conversation WHERE team_id = ${p.teamId} AND people = ${p.people}`,
});
const upsertChannel = defineStatement({
  parameters: { ...conversation, channel: 'text' },
  text: (p) => `
INSERT INTO conversation (team_id, people, channel) VALUES (${p.teamId}, ${p.people}, ${p.channel})
ON CONFLICT (team_id, people) DO UPDATE SET channel = excluded.channel, opened_at = now()`,
});
const deleteChannel = defineStatement({
  parameters: conversation,
  text: (p) => `DELETE FROM conversation WHERE team_id = ${p.teamId} AND people = ${p.people}`,
});

export class Conversations {
  private readonly memory = new Map<string, string>();

  constructor(private readonly pool: Pool) {}

  async known(to: SlackDestination): Promise<string | undefined> {
    const people = peopleOf(to);
    const key = `${to.teamId} ${people}`;
    const remembered = this.memory.get(key);
    if (remembered !== undefined) return remembered;
    const { rows } = await this.pool.query<{ channel: string }>(selectChannel({ teamId: to.teamId, people }));
    if (rows[0]) this.keep(key, rows[0].channel);
    return rows[0]?.channel;
  }

  /** Opening posts nothing, and Slack answers a repeated call with the same conversation. */
  async open(client: SlackClient, to: SlackDestination, reserve: (method: string) => number): Promise<Opened> {
    const waitMs = reserve('conversations.open');
    if (waitMs > 0) return { waitMs };
    const people = peopleOf(to);
    const answer = await client.call<{ channel?: { id?: string } }>('conversations.open', { users: people });
    if (!answer.ok) return { refusal: answer };
    const channel = answer.body.channel?.id;
    if (channel === undefined)
      return { refusal: { ...answer, ok: false, failure: classify('conversations.open', answer.body) } };
    await this.pool.query(upsertChannel({ teamId: to.teamId, people, channel }));
    this.keep(`${to.teamId} ${people}`, channel);
    return { channel };
  }

  async forget(to: SlackDestination): Promise<void> {
    const people = peopleOf(to);
    this.memory.delete(`${to.teamId} ${people}`);
    await this.pool.query(deleteChannel({ teamId: to.teamId, people }));
  }

  private keep(key: string, channel: string): void {
    if (this.memory.size >= mostInMemory) this.memory.clear();
    this.memory.set(key, channel);
  }
}

const peopleOf = ({ channel, users = [] }: SlackDestination): string =>
  channel === undefined ? [...users].sort().join(',') : channel;
