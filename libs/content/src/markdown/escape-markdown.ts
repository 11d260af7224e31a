// Escapes text for Markdown.

/** Markdown that shows the text as it is, without any format, link or address. */
export const escapeMarkdown = (text: string): string => text.replace(/[!-/:-@[-`{-~]/g, '\\$&');
