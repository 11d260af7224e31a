// The reverse of reading Markdown.

/** Text as Markdown that says just that: nothing in it is a format, a link or an address. */
export const escapeMarkdown = (text: string): string => text.replace(/[!-/:-@[-`{-~]/g, '\\$&');
