// Replaces the names of channels by their ids in what a workflow tells, so that a channel that is renamed stays the one
// that was meant. Guarantees: a name that leads to no channel, or to several, or to an archived one, is an error at its
// field with what is known of it; everything else stays as it was given.
import { channelReference, isChannelId, reasonSentenceOf, type AudienceMember } from '@carillon/domain';
import { problemOfFields, type FieldProblem } from '@carillon/runtime';
import { LookupKeys, type ContextLoader } from '../resolution/context-loader.ts';
import { findChannel } from '../resolution/find-channel.ts';
import { z } from 'zod';

type ByChannel = Extract<AudienceMember, { channel: string }>;

const byName = z.looseObject({
  channel: channelReference.refine((reference) => !isChannelId(reference)),
  installation: z.string().optional(),
});

/** @param tell as it was given: it need not be valid */
export async function withChannelIds<T>(contexts: Pick<ContextLoader, 'load'>, tenantId: string, tell: T): Promise<T> {
  if (!Array.isArray(tell)) return tell;
  const named = new Map<number, ByChannel>();
  for (const [place, one] of (tell as unknown[]).entries()) {
    const { data } = byName.safeParse(one);
    if (data) named.set(place, data);
  }
  if (named.size === 0) return tell;
  const keys = new LookupKeys();
  keys.add({ tenantId, to: [...named.values()] });
  const context = (await contexts.load(keys)).get(tenantId)!;
  const errors: FieldProblem[] = [];
  const identified = (tell as unknown[]).map((one, place) => {
    const audience = named.get(place);
    if (!audience) return one;
    const { channel, obstacle } = findChannel(audience, context);
    if (isChannelId(channel) && obstacle?.code !== 'channel_archived') return { ...audience, channel };
    const { code, detail } = obstacle ?? { code: 'unknown_channel', detail: audience.channel };
    errors.push({ path: `tell[${place}].channel`, message: `${reasonSentenceOf(code)} (${detail})` });
    return one;
  });
  if (errors.length > 0) throw problemOfFields(errors);
  return identified as T;
}
