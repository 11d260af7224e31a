// The routes of topics to follow: who follows a topic, and what somebody follows. Guarantees: a member follows for
// itself; admins of the tenant and its products do so for anybody and for channels.
import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import { channelId, externalId } from '@carillon/domain';
import {
  Answers,
  Caller,
  decodeCursor,
  pageOf,
  pageOfItems,
  pageQuery,
  problemOfFields,
  problemOfIssues,
  Roles,
  tenantOf,
  wrongRole,
  type Identity,
  type Page,
} from '@carillon/runtime';
import { z } from 'zod';
import { followerKinds, TopicFollowers, type FollowedTopic, type Follower } from './topic-followers.ts';

const kind = z.enum(followerKinds);
const topicPlace = z.object({ topic: externalId });
const followerPlace = z.object({ topic: externalId, kind, id: externalId });

const follower = z.object({ kind, id: z.string(), installation: z.string().optional() });
const followed = z.object({ topic: z.string(), since: z.iso.datetime() });
/** Of a channel: where it is. */
const following = z.strictObject({ installation: externalId.optional() }).optional();

const followersQuery = z.strictObject({ ...pageQuery, kind: kind.optional() });
const followersPosition = z.tuple([kind, z.string()]);
const topicsQuery = z.strictObject(pageQuery);
const topicsPosition = z.tuple([z.string()]);

const forOthers = ['owner', 'admin', 'product'] as const;

@Controller('v1')
export class TopicsController {
  constructor(private readonly followers: TopicFollowers) {}

  @Put('topics/:topic/followers/:kind/:id')
  @Answers({ mediaType: null, description: 'Follows.', problems: [409] })
  @HttpCode(204)
  @Roles('member', ...forOthers)
  async follow(
    @Caller() caller: Identity,
    @Param({ schema: followerPlace }) place: z.output<typeof followerPlace>,
    @Body({ schema: following }) body: unknown,
  ): Promise<void> {
    const { installation } = (body as z.output<typeof following>) ?? {};
    if (installation !== undefined && place.kind === 'member')
      throw problemOfFields([
        { path: 'installation', message: 'is for channels: a member is told where it is linked' },
      ]);
    await this.followers.add(tenantOf(caller), place.topic, { ...followerAt(caller, place), installation }, caller);
  }

  @Delete('topics/:topic/followers/:kind/:id')
  @Answers({ mediaType: null, description: 'Does not follow.', problems: [400] })
  @HttpCode(204)
  @Roles('member', ...forOthers)
  async unfollow(
    @Caller() caller: Identity,
    @Param({ schema: followerPlace }) place: z.output<typeof followerPlace>,
  ): Promise<void> {
    await this.followers.remove(tenantOf(caller), place.topic, followerAt(caller, place), caller);
  }

  @Get('topics/:topic/followers')
  @Answers({ body: pageOfItems(follower), example: { items: [{ kind: 'member', id: 'ada' }], nextCursor: null } })
  @Roles('security_admin', ...forOthers)
  async list(
    @Caller() caller: Identity,
    @Param({ schema: topicPlace }) { topic }: z.output<typeof topicPlace>,
    @Query({ schema: followersQuery }) query: unknown,
  ): Promise<Page<Follower>> {
    const { limit, cursor, kind: only } = query as z.output<typeof followersQuery>;
    const after = decodeCursor(followersPosition, cursor);
    const found = await this.followers.of(tenantOf(caller), topic, { kind: only, after, count: limit + 1 });
    return pageOf(found, limit, (last) => [last.kind, last.id]);
  }

  @Get('me/topics')
  @Answers({
    body: pageOfItems(followed),
    example: { items: [{ topic: 'report:42', since: '2026-11-26T09:00:00.000Z' }], nextCursor: null },
  })
  @Roles('owner', 'security_admin', 'admin', 'member')
  async mine(@Caller() caller: Identity, @Query({ schema: topicsQuery }) query: unknown): Promise<Page<FollowedTopic>> {
    const { limit, cursor } = query as z.output<typeof topicsQuery>;
    const after = decodeCursor(topicsPosition, cursor)?.[0];
    const me = { kind: 'member' as const, id: caller.memberId };
    const found = await this.followers.topicsOf(tenantOf(caller), me, { after, count: limit + 1 });
    return pageOf(found, limit, ({ topic }) => [topic]);
  }
}

function followerAt(caller: Identity, { kind: of, id }: z.output<typeof followerPlace>): Pick<Follower, 'kind' | 'id'> {
  const isPerson = caller.roles.some((role) => role !== 'product');
  if (of === 'member' && id === 'me') {
    if (isPerson) return { kind: of, id: caller.memberId };
    throw problemOfFields([{ path: 'id', message: 'a product is no member: name one' }]);
  }
  if (of === 'member' && isPerson && id === caller.memberId) return { kind: of, id };
  if (!forOthers.some((role) => caller.roles.includes(role))) throw wrongRole(caller, [...forOthers]);
  const channel = of === 'channel' ? channelId.safeParse(id) : undefined;
  if (channel && !channel.success)
    throw problemOfIssues(
      channel.error.issues.map((one) => ({ ...one, path: ['id'] })),
      { id },
    );
  return { kind: of, id };
}
