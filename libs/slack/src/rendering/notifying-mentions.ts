// Lists the mentions with which a producer's own blocks would notify people: `<!channel>` and `<!here>`, user groups,
// and users. Guarantees: it reads every text in which Slack reads mentions, in blocks of known and unknown types; each
// mention has the path of its field, written as in validate-blocks.ts. Texts that Slack shows literally have no
// mentions: plain_text, escaped `&lt;!channel&gt;`, and the `text` elements of rich text. Where it is not known that
// Slack shows a text literally (code in mrkdwn, fields of unknown blocks), its mentions count. It is iterative and
// takes time in proportion to the size of the blocks. It does not decide who may notify whom: that is the callers'
// policy.

export interface NotifyingMention {
  path: string;
  kind: 'broadcast' | 'usergroup' | 'user';
  /** `channel`, `here`, `everyone`; the id of the user group or of the user. */
  id?: string;
}

/**
 * At most so many are listed. A policy decides by kind, and a message with more mentions is too long anyway.
 */
const mostFound = 1_000;

/** In `blocks`, or in any part of them; in the order in which they stand. */
export function notifyingMentions(blocks: unknown): NotifyingMention[] {
  const found: NotifyingMention[] = [];
  const open: Place[] = [{ value: blocks, name: 'blocks', inRichText: false, linksNames: true }];
  for (let place = open.pop(); place !== undefined && found.length < mostFound; place = open.pop()) {
    const { value, inRichText } = place;
    if (typeof value === 'string') {
      for (const mention of mentionsIn(value, place.linksNames)) add(found, place, mention);
    } else if (Array.isArray(value)) {
      // From the end, so that the first is read first.
      for (let at = value.length - 1; at >= 0; at -= 1)
        open.push({ value: value[at] as unknown, name: String(at), parent: place, inRichText, linksNames: true });
    } else if (typeof value === 'object' && value !== null) {
      openFields(place, value as Fields, open, found);
    }
  }
  return found;
}

/** In a text that Slack reads as mrkdwn, such as the fallback beside blocks. */
export const notifyingMentionsInText = (text: string, path = 'text'): NotifyingMention[] =>
  mentionsIn(text, true).map((mention) => ({ path, ...mention }));

type Fields = Record<string, unknown>;
type Found = Omit<NotifyingMention, 'path'>;

interface Place {
  value: unknown;
  name: string;
  parent?: Place;
  inRichText: boolean;
  /** Slack reads `@channel` without brackets as a mention too. */
  linksNames: boolean;
}

/** Fields that Slack never shows as text. */
const inert = new Set([
  'type',
  'block_id',
  'action_id',
  'value',
  'url',
  'image_url',
  'video_url',
  'thumbnail_url',
  'title_url',
  'icon_url',
  'alt_text',
  'style',
  'initial_date',
  'external_id',
  'id',
]);
/** Objects whose `text` Slack shows literally. */
const literalTexts = new Set(['plain_text', 'raw_text']);
const literalInRichText = new Set(['text', 'link', 'emoji', 'date', 'color']);

function openFields(place: Place, fields: Fields, open: Place[], found: NotifyingMention[]): void {
  const { type } = fields;
  const inRichText = place.inRichText || (typeof type === 'string' && type.startsWith('rich_text'));
  const element = elementMention(fields);
  if (element) add(found, place, element);
  const isLiteral = typeof type === 'string' && (literalTexts.has(type) || (inRichText && literalInRichText.has(type)));
  const linksNames = fields['verbatim'] !== true;
  const names = Object.keys(fields);
  for (let at = names.length - 1; at >= 0; at -= 1) {
    const name = names[at]!;
    const value = fields[name];
    if (typeof value === 'string' && (inert.has(name) || (name === 'text' && isLiteral))) continue;
    open.push({ value, name, parent: place, inRichText, linksNames });
  }
}

/** Elements of rich text that are mentions themselves. Slack knows them by their type alone, wherever they stand. */
function elementMention(fields: Fields): Found | undefined {
  switch (fields['type']) {
    case 'broadcast':
      return withId('broadcast', fields['range']);
    case 'usergroup':
      return withId('usergroup', fields['usergroup_id']);
    case 'user':
      return withId('user', fields['user_id']);
    default:
      return undefined;
  }
}

const withId = (kind: NotifyingMention['kind'], id: unknown): Found => ({
  kind,
  ...(typeof id === 'string' && { id }),
});

/**
 * `<!channel>`, `<!here|label>`, `<!subteam^S1|@team>`, `<@U1>`, `<@U1|name>`; Slack reads nothing else in angle
 * brackets as a mention.
 */
const bracketed = /<(?:!\s*(channel|here|everyone|group)(?!\w)|!\s*subteam\^([A-Z0-9]+)|@\s*([UW][A-Z0-9]+))/gi;
/** The words that Slack turns into mentions unless the text is `verbatim`. */
const bare = /(?<![a-z0-9@])@(channel|here|everyone|group)(?![a-z0-9])/gi;

function mentionsIn(text: string, linksNames: boolean): Found[] {
  const found: Found[] = [];
  // From a bracket to any later closing one: Slack decides what a label may contain, which may be another `<`.
  const lastClose = text.lastIndexOf('>');
  for (const { index, 1: broadcast, 2: usergroup, 3: user } of text.matchAll(bracketed)) {
    if (index > lastClose) break;
    if (broadcast !== undefined) found.push(broadcastTo(broadcast));
    else found.push(usergroup !== undefined ? { kind: 'usergroup', id: usergroup } : { kind: 'user', id: user! });
  }
  if (linksNames) for (const [, name] of text.matchAll(bare)) found.push(broadcastTo(name!));
  return found.slice(0, mostFound);
}

const broadcastTo = (name: string): Found => ({
  kind: 'broadcast',
  id: name.toLowerCase() === 'group' ? 'channel' : name.toLowerCase(),
});

function add(found: NotifyingMention[], place: Place, mention: Found): void {
  if (found.length < mostFound) found.push({ path: pathOf(place), ...mention });
}

function pathOf(place: Place): string {
  const names: string[] = [];
  for (let at: Place | undefined = place; at !== undefined; at = at.parent) names.push(at.name);
  return names.reverse().join('.');
}
