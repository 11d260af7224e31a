// The body of an e-mail, which is all of it whose drawing may be expensive: its Markdown as text and as HTML, from one
// parse. Guarantees: both parts are of reasonable size; Markdown of which they would not be, or that is nested too
// deeply for its parser, is shown as it was written.
import { clean, parseMarkdown } from '@carillon/content';
import { markdownHtml, textHtml } from './html-part.ts';
import { markdownText } from './text-part.ts';

export interface EmailBody {
  markdown: string;
}

export interface DrawnEmailBody {
  text: string;
  html: string;
}

/**
 * Forty thousand characters of ordinary Markdown take a tenth of it. A table may take a thousand times its own length.
 */
const longestPart = 1_000_000;

export function drawEmailBody(body: EmailBody): DrawnEmailBody {
  try {
    const tokens = parseMarkdown(body.markdown);
    const drawn = { text: markdownText(tokens), html: markdownHtml(tokens) };
    return drawn.text.length + drawn.html.length > longestPart ? drawPlainEmailBody(body) : drawn;
  } catch (error) {
    if (error instanceof RangeError) return drawPlainEmailBody(body); // nested more deeply than the stack is
    throw error;
  }
}

export const drawPlainEmailBody = ({ markdown }: EmailBody): DrawnEmailBody => ({
  text: clean(markdown),
  html: `<p>${textHtml(markdown)}</p>`,
});
