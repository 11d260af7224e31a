// The pages behind an unsubscribe link: one heading, one sentence, at most one button. They work without script, at any
// size, in light and dark mode; all text from outside is escaped.
import type { NotificationType, Tenant } from '@carillon/domain';
import { escapeHtml } from '@carillon/runtime';

export const askingPage = (type: NotificationType, tenant: Tenant): string =>
  page(
    'Turn off these e-mails?',
    `${tenant.name} will no longer send you e-mails of the kind “${type.title}”. Other channels stay as they are.`,
    '<form method="post"><button type="submit">Turn them off</button></form>',
  );

export const donePage = (type: NotificationType, tenant: Tenant): string =>
  page(
    'Turned off',
    `You get no more e-mails of the kind “${type.title}” from ${tenant.name}. You can turn them on again in your preferences.`,
  );

export const mandatoryTypePage = (type: NotificationType, tenant: Tenant): string =>
  page(
    'These e-mails cannot be turned off',
    `${tenant.name} has to tell you “${type.title}”, for example for your security.`,
  );

export const notValidPage = (): string =>
  page(
    'This link is not valid',
    'It may have been cut off when it was copied. Open it from the e-mail again, or change your preferences instead.',
  );

const style = `:root{color-scheme:light dark}body{font:1.125rem/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1.25rem}
h1{font-size:1.5rem;line-height:1.25}button{font:inherit;font-weight:600;padding:.6rem 1.2rem;border:0;border-radius:.4rem;background:#1a56db;color:#fff;cursor:pointer}
button:focus-visible{outline:3px solid;outline-offset:3px}`;

function page(heading: string, sentence: string, form = ''): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(heading)}</title>
<style>${style}</style></head>
<body><main><h1>${escapeHtml(heading)}</h1><p>${escapeHtml(sentence)}</p>${form}</main></body></html>
`;
}
