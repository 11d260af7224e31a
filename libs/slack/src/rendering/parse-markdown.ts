// Markdown as every renderer reads it: GFM, and links as Slack writes them, `<https://a.example|label>`.
// Guarantees: no address ends up with a `|` of Slack's syntax in it. It does not bound the time that parsing takes
// (budget/parsing-cost.ts), and it throws a RangeError for what is nested more deeply than the stack is.
import { Marked, Tokenizer, type Token, type Tokens } from 'marked';

const slackLink = /^<((?:https?:\/\/|mailto:|tel:)[^\s<>|]+)\|([^<>]*)>/i;
const bareAddress = /^(?:https?:|ftp:|www\.)/i;

const reader = new Marked({
  gfm: true,
  tokenizer: {
    autolink(source): Tokens.Link | false {
      const [raw, href, label = ''] = slackLink.exec(source) ?? [];
      if (raw === undefined || href === undefined) return false;
      const text = label.trim() === '' ? href : label;
      return {
        type: 'link',
        raw,
        href,
        title: null,
        text,
        tokens: [{ type: 'text', raw: text, text, escaped: false }],
      };
    },
    url(source): Tokens.Link | undefined | false {
      if (!bareAddress.test(source)) return false;
      const [address] = /^[^\s|]*/.exec(source) ?? [''];
      return address.length < source.length && source[address.length] === '|'
        ? Tokenizer.prototype.url.call(this, address)
        : false;
    },
  },
});

export const parseMarkdown = (markdown: string): Token[] => reader.lexer(markdown);
