// The mail sink for eyes: newest first, plain text, reloading itself. Everything from outside is escaped.
import type { Mail } from './mail.ts';

export function mailPage(messages: readonly Mail[]): string {
  const items = [...messages].reverse().map(
    (mail) => `<article><h2>${escape(mail.subject)}</h2>
<p>${escape(mail.from.join(', '))} → ${escape(mail.to.join(', '))} <time>${new Date(mail.receivedAt).toISOString()}</time></p>
<pre>${escape(mail.text)}</pre></article>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5"><title>Mail</title>
<style>body{font:16px/1.5 system-ui;max-width:46rem;margin:2rem auto;padding:0 1rem}article{border-top:1px solid #ccc}h2{font-size:1.1rem;margin:.8rem 0 0}p{margin:0;color:#555}pre{white-space:pre-wrap}</style></head>
<body><h1>Mail that would have been sent</h1>${items.join('\n') || '<p>None yet.</p>'}</body></html>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
