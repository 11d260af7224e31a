// A topic's key function in words, found by asking it: it is called with a payload in which every field says its name.
import type { Topic } from '@carillon/domain';

export function keyWords(topic: Topic): string {
  const missing = new Set<string>();
  const said: string[] = [];
  // Each round takes away the field that was the answer, which shows what the key falls back to.
  for (let round = 0; round < 8; round++) {
    const key = ask(topic, missing);
    if (key === null) {
      said.push('none');
      break;
    }
    const named = [...key.matchAll(/<([\w.]+)>/g)].map((match) => match[1]!);
    said.push(named.length > 0 ? `\`${key.replaceAll(/<([\w.]+)>/g, '$1')}\`` : key);
    if (named.length === 0 || named.length > 1 || named[0] === eventId || missing.has(named[0]!)) break;
    missing.add(named[0]!);
  }
  return withoutVanished(said).join(', else ');
}

const eventId = 'ce_id';

function ask(topic: Topic, missing: ReadonlySet<string>): string | null {
  const payload = (path: string): unknown =>
    new Proxy(() => undefined, {
      get: (_target, name) => {
        if (name === Symbol.toPrimitive || name === 'toString') return () => `<${path}>`;
        const inner = path ? `${path}.${String(name)}` : String(name);
        return missing.has(inner) ? undefined : payload(inner);
      },
    });
  const key = topic.key(payload(''), `<${eventId}>`);
  return key === null ? null : String(key);
}

/** `undefined` as a key means that a field it needs was taken away: that is no fall-back. */
const withoutVanished = (said: string[]): string[] => said.filter((words) => !words.includes('undefined'));
