// A notification as an e-mail: subject, plain text and HTML from the same content. Promises: nothing of the content is
// dropped silently but buttons that only work in Slack; both parts have the same links; the HTML is safe whatever the
// producer writes (html-part.ts); why one gets it stands below, with the way to turn it off where there is one. The
// body is given as email-body.ts drew it; all the rest takes time in proportion to its length.
import { clean, followableAddress, oneLine, shortenedPlain, type DrawnLink } from '@carillon/content';
import { plainLine, type Content } from '@carillon/domain';
import { attachmentsOf, type EmailAttachment } from './attachments.ts';
import { drawEmailBody, type DrawnEmailBody } from './email-body.ts';
import { cell, escaped, linkedTextHtml, linkHtml } from './html-part.ts';
import { textLink, underlined } from './text-part.ts';

export interface RenderedEmail {
  subject: string;
  text: string;
  html: string;
  attachments: EmailAttachment[];
}

export interface Footer {
  tenantName: string;
  typeTitle: string;
  unsubscribeUrl?: string;
}

const openLabel = 'Open';
const longestPreview = 140;
const font =
  'font-family:system-ui,-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5';
const hidden = 'display:none;max-height:0;overflow:hidden;mso-hide:all';

/** @param body drawn elsewhere where it may be expensive; else it is drawn here, however long that takes */
export function renderEmail(
  content: Content,
  footer: Footer,
  body: DrawnEmailBody = drawEmailBody({ markdown: content.body ?? '' }),
): RenderedEmail {
  const parts: Parts = {
    title: plainLine(clean(content.title)),
    body,
    facts: (content.facts ?? []).map(({ label, value }) => ({
      label: plainLine(clean(label)),
      value: clean(value).trim(),
    })),
    buttons: buttonsOf(content),
    files: filesOf(content),
    why: `You get this e-mail because ${plainLine(clean(footer.tenantName))} tells you about “${plainLine(clean(footer.typeTitle))}”.`,
    unsubscribeUrl: footer.unsubscribeUrl,
  };
  return { subject: parts.title, text: textOf(parts), html: htmlOf(parts), attachments: attachmentsOf(content) };
}

interface Parts {
  title: string;
  body: DrawnEmailBody;
  facts: readonly { label: string; value: string }[];
  buttons: (Required<DrawnLink> & { danger: boolean })[];
  files: DrawnLink[];
  why: string;
  unsubscribeUrl: string | undefined;
}

const unsubscribeLabel = 'Turn off these e-mails';

function buttonsOf({ link, actions = [] }: Content): Parts['buttons'] {
  const buttons: Parts['buttons'] = [];
  for (const { url, label = openLabel, danger } of [
    ...(link ? [{ ...link, danger: false }] : []),
    ...actions.map((action) => ({ ...action, danger: action.style === 'danger' })),
  ]) {
    const address = url === undefined ? undefined : followableAddress(url);
    if (address !== undefined) buttons.push({ address, label: plainLine(clean(label)) || openLabel, danger });
  }
  return buttons;
}

function filesOf({ files = [] }: Content): DrawnLink[] {
  return files.map(({ name, title, url }) => {
    const label = plainLine(clean(title ?? name)) || 'file';
    const address = url === undefined ? undefined : followableAddress(url);
    return address === undefined ? { label: `${label} (attached)` } : { label, address };
  });
}

function textOf({ title, body, facts, buttons, files, why, unsubscribeUrl }: Parts): string {
  const parts = [
    underlined(title, '='),
    body.text,
    facts.map(({ label, value }) => `${label}: ${value}`).join('\n'),
    buttons.map(({ label, address }) => `${label}: ${address}`).join('\n'),
    files.map(({ label, address }) => `- ${address === undefined ? label : textLink(label, address)}`).join('\n'),
    // As mail programs mark what is not the message itself.
    `-- \n${why}${unsubscribeUrl === undefined ? '' : `\n${unsubscribeLabel}: ${unsubscribeUrl}`}`,
  ];
  return `${parts.filter((part) => part.trim() !== '').join('\n\n')}\n`;
}

function htmlOf(parts: Parts): string {
  const { title, body, facts, buttons, files, why, unsubscribeUrl } = parts;
  const preview = oneLine(
    body.text.slice(0, 20 * longestPreview) || facts.map(({ label, value }) => `${label}: ${value}`).join(' · '),
  );
  const inside = [
    `<h1 style="font-size:22px;line-height:1.25;margin:0 0 16px">${escaped(title)}</h1>`,
    body.html,
    factsHtml(facts),
    buttons.map(buttonHtml).join(''),
    filesHtml(files),
    `<p style="border-top:1px solid #8a8f98;font-size:13px;margin:28px 0 0;padding-top:12px">${escaped(why)}${
      unsubscribeUrl === undefined ? '' : `<br>${linkHtml(unsubscribeUrl, unsubscribeLabel)}`
    }</p>`,
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark"><title>${escaped(title)}</title></head>
<body style="margin:0;padding:0"><div style="${hidden}">${escaped(shortenedPlain(preview, longestPreview))}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="border:0"><tr><td align="center" style="padding:24px 16px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="border:0;max-width:600px"><tr><td style="${font};text-align:left;overflow-wrap:anywhere">
${inside.filter((part) => part !== '').join('\n')}
</td></tr></table>
</td></tr></table></body></html>
`;
}

function factsHtml(facts: Parts['facts']): string {
  if (facts.length === 0) return '';
  const rows = facts.map(
    ({ label, value }) =>
      `<tr><th scope="row" style="${cell}">${escaped(label)}</th><td style="${cell}">${linkedTextHtml(value)}</td></tr>`,
  );
  return `<table style="border-collapse:collapse;margin:0 0 16px">${rows.join('')}</table>`;
}

/** In a cell of its own, since some mail programs know no padding around a link. */
function buttonHtml({ label, address, danger }: Parts['buttons'][number]): string {
  const colour = danger ? '#b42318' : '#1a56db';
  return `<table role="presentation" cellpadding="0" cellspacing="0" style="border:0;margin:0 0 12px"><tr><td style="background-color:${colour};border-radius:6px"><a href="${escaped(address)}" style="display:inline-block;padding:10px 18px;color:#ffffff;font-weight:600;text-decoration:none">${escaped(label)}</a></td></tr></table>`;
}

function filesHtml(files: Parts['files']): string {
  if (files.length === 0) return '';
  const items = files.map(
    ({ label, address }) => `<li>${address === undefined ? escaped(label) : linkHtml(address, label)}</li>`,
  );
  return `<ul style="margin:0 0 16px;padding-left:24px">${items.join('')}</ul>`;
}
