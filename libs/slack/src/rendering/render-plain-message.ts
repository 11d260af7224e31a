// A shorter and plainer rendering of the same content, for the case that Slack refuses what renderMessage made.
// Guarantees: sections of literal text and buttons without addresses, which Slack takes beside files too; some 4,500
// characters at most; the head and the tail of the body stay; the message says how much is left out.
import { isVisible, oneLine } from '@carillon/content';
import { plainLine } from '@carillon/domain';
import { actionBlocks } from './actions.ts';
import type { DrawnMessageBody } from './draw-message-body.ts';
import { layOutBody } from './lay-out-body.ts';
import { limits } from './limits.ts';
import { emptyText, type MessageContent, type RenderedMessage, type RenderOptions } from './message-content.ts';
import { shortened } from './mrkdwn-cuts.ts';
import { literal, unquoted } from './mrkdwn-escapes.ts';
import { literalParts } from './read-markdown.ts';
import { aboutCharacters, fallback, shortenedOf } from './render-message.ts';
import { section } from './text-objects.ts';

const bodyRoom = { blocks: 4, characters: 2_500 };
const mostFacts = 10;
const longestFact = 120;

/** @param body as it was rendered for renderMessage */
export function renderPlainMessage(
  content: MessageContent,
  options: RenderOptions,
  body: DrawnMessageBody,
): RenderedMessage {
  const shown = layOutBody(literalParts(body.words), body.omitted, bodyRoom);
  const facts = (content.facts ?? []).filter(({ label, value }) => isVisible(label) || isVisible(value));
  const lines = facts
    .slice(0, mostFacts)
    .map(({ label, value }) => shortened(unquoted(literal(`${plainLine(label)}: ${oneLine(value)}`)), longestFact));
  const omittedFacts = Math.max(0, facts.length - mostFacts);
  if (omittedFacts > 0) lines.push(`… ${omittedFacts} more facts left out …`);
  const addresses = [...(content.link ? [{ label: 'Link', ...content.link }] : []), ...(content.actions ?? [])]
    .filter(({ url }) => url !== undefined)
    .map(({ label = 'Link', url = '' }) => unquoted(literal(`${plainLine(label)}: ${oneLine(url)}`)));
  const pressed = (content.actions ?? []).filter(({ url }) => url === undefined);

  const text = fallback(content, body.words, options.emptyText ?? emptyText);
  const blocks = [
    ...textSection('carillon:title', literal(plainLine(content.title ?? ''))),
    ...shown.head,
    ...(shown.omitted > 0 ? [section('carillon:more', `… ${aboutCharacters(shown.omitted)} left out here …`)] : []),
    ...shown.tail,
    ...textSection('carillon:facts', lines.join('\n')),
    ...textSection('carillon:addresses', addresses.join('\n')),
    ...actionBlocks([], pressed),
  ];
  const says = blocks.some(({ type }) => type === 'section');
  const cut = facts.slice(0, mostFacts).filter(({ label, value }) => label.length + value.length + 2 > longestFact);
  return {
    text,
    blocks: says ? blocks : [section('carillon:body:0', shortened(text, 500)), ...blocks],
    ...shortenedOf(shown.omitted, { omitted: omittedFacts, cut: cut.length }),
  };
}

const textSection = (id: string, text: string) =>
  isVisible(text) ? [section(id, shortened(text, Math.min(1_500, limits.sectionText)))] : [];
