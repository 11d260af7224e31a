// Which of a digest's items are shown where not all fit. Guarantees: kinds stand in the order in which they first
// appear and items in the order given; every kind has its heading and at least one item before any kind has a second
// item, then each kind in turn gets one more; what is left out is counted, so that the items and the counts add up to
// all.

export interface DigestItem {
  type: string;
  /** What people call the type. */
  typeTitle?: string | undefined;
  title: string;
  /** Markdown. */
  body?: string | undefined;
  link?: { url: string; label?: string | undefined } | undefined;
  /** When it happened. The caller gives the items in order. */
  at?: string | undefined;
}

/** How the parts of a digest are written. A short line takes little room, whatever the item holds. */
export interface DigestStyle {
  heading(title: string, count: number): string;
  line(item: DigestItem): string;
  shortLine(item: DigestItem): string;
  more(count: number): string;
}

export interface PlannedGroup {
  title: string;
  count: number;
  heading: string;
  lines: string[];
  /** For those of its items that are left out. */
  more?: string;
}

export interface DigestPlan {
  groups: PlannedGroup[];
  /** For kinds of which nothing is shown: there are more kinds than room. */
  rest?: string;
  /** Nothing is left out. */
  complete: boolean;
}

interface Draft {
  title: string;
  items: DigestItem[];
  heading: string;
  lines: string[];
}

/** Between two lines stand at most two characters. */
const weight = (line: string): number => line.length + 2;

export function planDigest(items: readonly DigestItem[], style: DigestStyle, room: number): DigestPlan {
  const groups = groupsOf(items);
  let left = room - weight(style.more(items.length));
  const drafts: Draft[] = [];
  for (const { title, items: own } of groups) {
    const draft = { title, items: own, heading: style.heading(title, own.length), lines: [style.shortLine(own[0]!)] };
    const needed =
      weight(draft.heading) + weight(draft.lines[0]!) + (own.length > 1 ? weight(style.more(own.length - 1)) : 0);
    if (needed > left) break;
    left -= needed;
    drafts.push(draft);
  }
  for (const {
    items: [first],
    lines,
  } of drafts) {
    const line = style.line(first!);
    const needed = line.length - lines[0]!.length;
    if (needed > left) continue;
    left -= needed;
    lines[0] = line;
  }
  let growing = drafts.filter((draft) => draft.items.length > 1);
  while (growing.length > 0) growing = growing.filter(grow);

  const included = drafts.reduce((sum, { lines }) => sum + lines.length, 0);
  const omitted = items.length - drafts.reduce((sum, draft) => sum + draft.items.length, 0);
  return {
    groups: drafts.map(({ title, items: own, heading, lines }) => ({
      ...{ title, count: own.length, heading, lines },
      ...(own.length > lines.length ? { more: style.more(own.length - lines.length) } : {}),
    })),
    ...(omitted > 0 ? { rest: style.more(omitted) } : {}),
    complete: included === items.length,
  };

  /** @returns whether there may be room for another item */
  function grow({ items: own, lines }: Draft): boolean {
    const line = style.line(own[lines.length]!);
    const last = lines.length + 1 === own.length;
    const needed = weight(line) - (last ? weight(style.more(own.length - 1)) : 0);
    if (needed > left) return false;
    left -= needed;
    lines.push(line);
    return !last;
  }
}

function groupsOf(items: readonly DigestItem[]): { title: string; items: DigestItem[] }[] {
  const groups = new Map<string, { title: string; items: DigestItem[] }>();
  for (const item of items) {
    const group = groups.get(item.type);
    if (group) group.items.push(item);
    else groups.set(item.type, { title: item.type, items: [item] });
  }
  for (const group of groups.values())
    group.title =
      group.items.find(({ typeTitle }) => typeTitle !== undefined && typeTitle.trim() !== '')?.typeTitle ?? group.title;
  return [...groups.values()];
}
