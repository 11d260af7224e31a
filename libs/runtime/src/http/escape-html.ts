// Text in a page that a service shows. Guarantee: the result contains nothing that a browser takes for markup, inside
// and outside of attribute values.
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
