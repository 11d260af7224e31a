// The URL of an outgoing request for span attributes, without the parts that may be secret: user and query.
import type { Attributes } from '@opentelemetry/api';

export function withoutQuery(origin: string, path: string): Attributes {
  const end = path.search(/[?#]/);
  const bare = end < 0 ? path : path.slice(0, end);
  return { 'url.full': `${origin.replace(/\/\/[^/@]*@/, '//')}${bare}`, 'url.path': bare, 'url.query': '' };
}
