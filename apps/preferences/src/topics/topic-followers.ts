// Who follows which topic of a tenant: members and channels. Guarantees: a repetition changes nothing; one follower
// follows, and one tenant has, at most a fixed number of topics and channels; nothing of another tenant is read or
// changed; a change is in the audit log.
import { Injectable } from '@nestjs/common';
import { defineStatement, lockName, runStatement } from '@carillon/persistence';
import { AuditLog, Problem, type Identity } from '@carillon/runtime';
import { DataSource, type EntityManager } from 'typeorm';

export const followerKinds = ['member', 'channel'] as const;
export type FollowerKind = (typeof followerKinds)[number];

export interface Follower {
  kind: FollowerKind;
  id: string;
  /** Of a channel; absent: the tenant's first. */
  installation?: string | undefined;
}

export interface FollowedTopic {
  topic: string;
  since: string;
}

/** Of one member or channel. */
const mostTopics = 500;
/** Of one tenant, all together. */
const mostFollows = 200_000;
/** Of one topic: each channel is posted to, at one message a second in all. */
const mostChannels = 200;

const key = { tenantId: 'text', topic: 'text', kind: 'text', id: 'text' } as const;

const countFollows = defineStatement({
  parameters: { tenantId: 'text', topic: 'text', kind: 'text', id: 'text' },
  text: (p) => `
SELECT (SELECT count(*) FROM topic_follower WHERE tenant_id = ${p.tenantId} AND kind = ${p.kind} AND id = ${p.id})::int AS topics,
       (SELECT count(*) FROM topic_follower
         WHERE tenant_id = ${p.tenantId} AND topic = ${p.topic} AND kind = 'channel')::int AS channels,
       (SELECT count(*) FROM (SELECT FROM topic_follower WHERE tenant_id = ${p.tenantId} LIMIT ${mostFollows}) AS some_of)::int AS all`,
});

const upsert = defineStatement({
  parameters: { ...key, installation: 'text?', addedBy: 'text' },
  text: (p) => `
INSERT INTO topic_follower AS f (tenant_id, topic, kind, id, installation, added_by)
VALUES (${p.tenantId}, ${p.topic}, ${p.kind}, ${p.id}, ${p.installation}, ${p.addedBy})
ON CONFLICT (tenant_id, topic, kind, id) DO UPDATE SET installation = excluded.installation
 WHERE f.installation IS DISTINCT FROM excluded.installation
RETURNING topic`,
});

const remove = defineStatement({
  parameters: key,
  text: (p) => `
DELETE FROM topic_follower
 WHERE tenant_id = ${p.tenantId} AND topic = ${p.topic} AND kind = ${p.kind} AND id = ${p.id} RETURNING topic`,
});

const selectFollowers = defineStatement({
  parameters: { tenantId: 'text', topic: 'text', kind: 'text?', afterKind: 'text', afterId: 'text', count: 'integer' },
  text: (p) => `
SELECT kind, id, installation FROM topic_follower
 WHERE tenant_id = ${p.tenantId} AND topic = ${p.topic} AND kind = coalesce(${p.kind}, kind)
   AND (kind, id) > (${p.afterKind}, ${p.afterId})
 ORDER BY kind, id LIMIT ${p.count}`,
});

const selectTopics = defineStatement({
  parameters: { tenantId: 'text', kind: 'text', id: 'text', after: 'text', count: 'integer' },
  text: (p) => `
SELECT topic, added_at FROM topic_follower
 WHERE tenant_id = ${p.tenantId} AND kind = ${p.kind} AND id = ${p.id} AND topic > ${p.after}
 ORDER BY topic LIMIT ${p.count}`,
});

@Injectable()
export class TopicFollowers {
  constructor(
    private readonly database: DataSource,
    private readonly audit: AuditLog,
  ) {}

  async add(tenantId: string, topic: string, follower: Follower, caller: Identity): Promise<void> {
    const { kind, id, installation = null } = follower;
    await this.database.transaction(async (manager) => {
      // Two follows of one follower, or of one topic by channels, would count past each other. First the topic's lock,
      // which is the only one that a channel of the previous release takes.
      if (kind === 'channel') await lockName(manager, `follows:${tenantId}:${topic}`);
      await lockName(manager, kind === 'channel' ? `follows-of:${tenantId}:${id}` : `follows:${tenantId}:${id}`);
      const [counted] = await runStatement<{ topics: number; channels: number; all: number }[]>(
        manager,
        countFollows({ tenantId, topic, kind, id }),
      );
      const added = await runStatement<object[]>(
        manager,
        upsert({ tenantId, topic, kind, id, installation, addedBy: caller.memberId }),
      );
      if (added.length === 0) return;
      if (counted!.all >= mostFollows) throw tooMany(`a tenant has at most ${mostFollows} followers of topics in all`);
      if (counted!.topics >= mostTopics) throw tooMany(`one ${kind} follows at most ${mostTopics} topics`);
      if (kind === 'channel' && counted!.channels >= mostChannels)
        throw tooMany(`at most ${mostChannels} channels follow one topic`);
      await this.record(manager, caller, 'topic.followed', { tenantId, topic, follower });
    });
  }

  async remove(tenantId: string, topic: string, follower: Follower, caller: Identity): Promise<void> {
    const { kind, id } = follower;
    await this.database.transaction(async (manager) => {
      const [removed] = await runStatement<[object[], number]>(manager, remove({ tenantId, topic, kind, id }));
      if (removed.length > 0) await this.record(manager, caller, 'topic.unfollowed', { tenantId, topic, follower });
    });
  }

  async of(
    tenantId: string,
    topic: string,
    {
      kind,
      after,
      count,
    }: { kind?: FollowerKind | undefined; after?: readonly [string, string] | undefined; count: number },
  ): Promise<Follower[]> {
    const [afterKind, afterId] = after ?? ['', ''];
    const rows = await runStatement<{ kind: FollowerKind; id: string; installation: string | null }[]>(
      this.database.manager,
      selectFollowers({ tenantId, topic, kind: kind ?? null, afterKind, afterId, count }),
    );
    return rows.map(({ installation, ...one }) => (installation === null ? one : { ...one, installation }));
  }

  async topicsOf(
    tenantId: string,
    { kind, id }: Follower,
    { after = '', count }: { after?: string | undefined; count: number },
  ): Promise<FollowedTopic[]> {
    const rows = await runStatement<{ topic: string; added_at: Date }[]>(
      this.database.manager,
      selectTopics({ tenantId, kind, id, after, count }),
    );
    return rows.map(({ topic, added_at: since }) => ({ topic, since: since.toISOString() }));
  }

  private record(
    manager: EntityManager,
    caller: Identity,
    action: string,
    { tenantId, topic, follower }: { tenantId: string; topic: string; follower: Follower },
  ): Promise<void> {
    return this.audit.record(manager, caller, { action, subject: `topic:${topic}`, tenantId, detail: { follower } });
  }
}

const tooMany = (detail: string): Problem => new Problem(409, 'Conflict', detail);
