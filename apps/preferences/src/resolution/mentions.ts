// The people whom the content mentions, with their Slack user in each workspace. Guarantees: content without mentions
// costs two searches in its body. A person is mentioned as a Slack user only through a valid link; a person who is
// inactive or turned off all of Slack is mentioned by name. There is one list per installation, however many recipients
// share it.
import { normaliseEmail, type Decision, type NotificationRequest, type ResolvedMention } from '@carillon/domain';
import { emailRecipient, memberRecipient } from '@carillon/domain/ids';
import type { KnownInstallation, Person, TenantContext } from './resolution-context.ts';
import { addressIn } from './reach-in-slack.ts';

export type Mentioning = Pick<NotificationRequest, 'mentions' | 'body'>;

export interface Mentioned {
  /** As the content refers to the person: `member:ada`, `email:<normalised>`. */
  ref: string;
  kind: 'member' | 'email';
  id: string;
  /** What the body calls the person. */
  label?: string | undefined;
}

/** Whoever is mentioned beyond these is shown by the name that the body gives. */
const most = 100;
const nobody: readonly Mentioned[] = [];

/** `[Ada](member:ada)`, as Markdown takes it: what is not found here is shown by its label. */
const inline =
  /\[((?:\\.|[^[\]\\]){0,200})\]\(\s{0,10}(?:<(member|email):([^<>\n]{1,300})>|(member|email):((?:\\.|[^\s()\\]|\((?:\\.|[^\s()\\])*\)){1,300})(?=[\s)]))/gu;

export function mentionedIn({ mentions, body }: Mentioning): readonly Mentioned[] {
  const inBody = body !== undefined && (body.includes('member:') || body.includes('email:'));
  if (!inBody && (mentions === undefined || mentions.length === 0)) return nobody;
  const found = new Map<string, Mentioned>();
  const add = (kind: string | undefined, written: string, label?: string): void => {
    const one: Mentioned =
      kind === 'member'
        ? { ref: memberRecipient(written), kind, id: written }
        : { ref: emailRecipient(written), kind: 'email', id: normaliseEmail(written) };
    const known = found.get(one.ref);
    if (one.id.trim() === '') return;
    if (known) known.label ??= label;
    else if (found.size < most) found.set(one.ref, { ...one, label });
  };
  for (const mention of mentions ?? []) {
    if ('member' in mention) add('member', mention.member);
    else add('email', mention.email);
  }
  if (inBody) {
    for (const [, label = '', a, b, c, d] of body.matchAll(inline))
      add(a ?? c, unescaped(b ?? d ?? ''), unescaped(label).trim() || undefined);
  }
  return [...found.values()];
}

/** Adds to each Slack destination whom it mentions. */
export function addMentions(
  decisions: readonly Decision[],
  mentioned: readonly Mentioned[],
  context: TenantContext,
): void {
  if (mentioned.length === 0) return;
  const known = new Map<string, ResolvedMention[]>();
  for (const { destinations } of decisions) {
    for (const destination of destinations) {
      if (destination.kind !== 'slack') continue;
      const { installationId } = destination;
      let people = known.get(installationId);
      if (!people) {
        const installation = context.installations.find((one) => one.installationId === installationId);
        known.set(installationId, (people = mentioned.map((one) => resolved(one, installation, context))));
      }
      destination.mentions = people;
    }
  }
}

function resolved(
  { ref, kind, id, label }: Mentioned,
  installation: KnownInstallation | undefined,
  context: TenantContext,
): ResolvedMention {
  const person = (kind === 'member' ? context.members : context.addresses).get(id);
  if (!person) return { ref, name: label ?? id };
  const address = installation && mayBeCalled(person) ? addressIn(installation, person.links) : undefined;
  return address ? { ref, name: person.name, slackUserId: address.slackUserId } : { ref, name: person.name };
}

const mayBeCalled = ({ active, choices }: Person): boolean => active && choices?.slackOff !== true;

const unescaped = (markdown: string): string => markdown.replace(/\\([!-/:-@[-`{-~])/g, '$1').replace(/&amp;/g, '&');
