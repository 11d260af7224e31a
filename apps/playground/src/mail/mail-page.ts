// The page of the mail sink: the newest message first, its HTML part beside its text part; it reloads itself.
// Guarantees: a message runs no script and loads nothing: its HTML part is in a sandboxed frame whose policy allows
// only inline styles and inline images, and everything else is escaped.
import type { Mail } from './mail.ts';

const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">`;

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:80rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}
article{border-top:1px solid #ccc;padding-bottom:1rem}h2{font-size:1.1rem;margin:.8rem 0 0}h3{font-size:.8rem;margin:.5rem 0 .2rem;color:#555}p{margin:0;color:#555}
.parts{display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:1rem}.parts>div{min-width:0}
iframe{box-sizing:border-box;width:100%;height:24rem;border:1px solid #ccc;background:#fff}pre{white-space:pre-wrap;margin:0}`;

export function mailPage(messages: readonly Mail[]): string {
  const items = [...messages].reverse().map(drawMail);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="5"><title>Mail</title>
<style>${style}</style></head><body><h1>Mail that would have been sent</h1>${items.join('\n') || '<p>No mail yet.</p>'}</body></html>`;
}

function drawMail({ from, to, subject, text, html, receivedAt }: Mail): string {
  const textPart = `<div><h3>Text part</h3><pre>${escape(text)}</pre></div>`;
  const htmlPart =
    html === ''
      ? ''
      : `<div><h3>HTML part</h3><iframe sandbox="" title="HTML part" srcdoc="${escape(policy + html)}"></iframe></div>`;
  return `<article><h2>${escape(subject)}</h2>
<p>${escape(from.join(', '))} → ${escape(to.join(', '))} <time>${new Date(receivedAt).toISOString()}</time></p>
<div class="parts">${htmlPart}${textPart}</div></article>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
