// Checks of content that the schema cannot express: raw blocks and ids. Guarantees: nobody is notified beyond the
// recipients of the request, unless the type allows it. `<!channel>` and user groups need `broadcast: allowed`; a user
// must be a recipient or mentioned by a link. Ids that are reserved for Carillon are refused. Each fault names the
// field.
import type { NotificationRequest, NotificationType } from '@carillon/domain';
import { inspectStructure, isReservedId, notifyingMentions, type NotifyingMention } from '@carillon/slack';
import type { Resolution } from '../resolution/resolve.ts';

export interface ContentFault {
  code: 'reserved_id' | 'broadcast_refused' | 'mention_refused' | 'invalid_payload' | 'unusable_type';
  path: string;
  detail: string;
}

export interface CheckedContent {
  fault?: ContentFault;
  /** Users whom raw blocks name: who they are is known when the recipients are. */
  users: readonly NotifyingMention[];
}

type Said = Pick<NotificationRequest, 'actions' | 'slack'>;

const fine: CheckedContent = Object.freeze({ users: [] });

export function checkContent({ actions, slack }: Said, type: NotificationType): CheckedContent {
  const ours = actions?.findIndex(({ id }) => isReservedId(id)) ?? -1;
  if (ours >= 0) return { ...fine, fault: reserved(`actions[${ours}].id`) };
  if (!slack) return fine;
  const [id] = inspectStructure(slack.blocks).reserved;
  if (id !== undefined) return { ...fine, fault: reserved(pathOf(`blocks.${id}`)) };
  const mentions = notifyingMentions(slack.blocks);
  const many = type.broadcast === 'allowed' ? undefined : mentions.find(({ kind }) => kind !== 'user');
  if (many) {
    const whom = many.kind === 'usergroup' ? 'a user group' : `@${many.id ?? 'channel'}`;
    const detail = `notifies ${whom}; the type ${type.name} does not allow it (broadcast: allowed in the catalogue)`;
    return { ...fine, fault: { code: 'broadcast_refused', path: pathOf(many.path), detail } };
  }
  const users = mentions.filter(({ kind }) => kind === 'user');
  return users.length === 0 ? fine : { users };
}

/** A user in raw blocks who neither hears the notification nor is mentioned by a link. */
export function strangerIn(
  users: readonly NotifyingMention[],
  { decisions }: Pick<Resolution, 'decisions'>,
): ContentFault | undefined {
  if (users.length === 0) return undefined;
  const known = new Set<string>();
  for (const { destinations } of decisions) {
    for (const destination of destinations) {
      if (destination.kind !== 'slack') continue;
      if (destination.surface === 'dm' && destination.channel !== undefined) known.add(destination.channel);
      for (const user of destination.users ?? []) known.add(user);
      for (const { slackUserId } of destination.mentions ?? []) if (slackUserId !== undefined) known.add(slackUserId);
    }
  }
  const stranger = users.find(({ id }) => id === undefined || !known.has(id));
  if (!stranger) return undefined;
  const detail = `mentions the Slack user ${stranger.id ?? 'without an id'}, who is no recipient; name people in \`mentions\`, or in the body as [name](member:id), and whoever is linked is mentioned`;
  return { code: 'mention_refused', path: pathOf(stranger.path), detail };
}

const reserved = (path: string): ContentFault => ({
  code: 'reserved_id',
  path,
  detail: "begins with carillon:, which is kept for Carillon's own ids",
});

/** `blocks.0.text` as `slack.blocks[0].text`, as other fields of a request are written. */
const pathOf = (path: string): string => `slack.${path.replace(/\.(\d+)(?=\.|$)/g, '[$1]')}`;
