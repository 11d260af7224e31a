// Markdown as every renderer reads it: GFM, links as Slack writes them, `<https://a.example|label>`, and emphasis
// beside Chinese, Japanese and Korean text (cjk-emphasis.ts). Guarantees: no address ends up with a `|` of Slack's
// syntax in it, in tables too. It does not bound the time that parsing takes (../budget/parsing-cost.ts), and it throws
// a RangeError for what is nested more deeply than the stack is.
import { Marked, Tokenizer, walkTokens, type Token, type Tokens } from 'marked';
import { clean } from '../characters.ts';
import { characterBefore, withCjkEmphasis } from './cjk-emphasis.ts';

const slackLink = /^<((?:https?:\/\/|mailto:|tel:)[^\s<>|]+)\|([^<>]*)>/i;
const slackLinkInTable = /<((?:https?:\/\/|mailto:|tel:)[^\s<>|\\]+)\|([^<>|\n]*)>/gi;
const bareAddress = /^(?:https?:|ftp:|www\.)/i;

const reader = new Marked({
  gfm: true,
  tokenizer: {
    emStrong(source, masked, before = ''): Tokens.Em | Tokens.Strong | undefined {
      this.rules.inline = withCjkEmphasis(this.rules.inline);
      const character = characterBefore(masked, masked.length - source.length, before);
      return Tokenizer.prototype.emStrong.call(this, source, masked, character);
    },
    del(source, masked, before = ''): Tokens.Del | undefined {
      this.rules.inline = withCjkEmphasis(this.rules.inline);
      const character = characterBefore(masked, masked.length - source.length, before);
      return Tokenizer.prototype.del.call(this, source, masked, character);
    },
    table(source): Tokens.Table | undefined | false {
      const [raw] = this.rules.block.table.exec(source) ?? [];
      const escaped = raw?.replace(slackLinkInTable, '<$1\\|$2>');
      if (raw === undefined || escaped === undefined || escaped === raw) return false;
      const table = Tokenizer.prototype.table.call(this, escaped);
      return table && { ...table, raw };
    },
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

export type { Token, Tokens };
export { walkTokens };

export const parseMarkdown = (markdown: string): Token[] => reader.lexer(clean(markdown));
