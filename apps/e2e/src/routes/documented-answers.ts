// What the committed OpenAPI documents (docs/openapi) say a route answers. Guarantees that an answer with a status, a
// media type or a body that the document does not have is found. Each body is compared once; ids of traces differ in
// every problem and are left out of that.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '@carillon/playground';
import { answerFault } from '@carillon/runtime/testing';
import { nameOf, services, type Route, type Service } from './route.ts';

export interface Answer {
  status: number;
  /** Without parameters; empty where there is none. */
  mediaType: string;
  text: string;
}

interface Response {
  content?: Record<string, { schema: object }>;
}

interface Document {
  paths: Record<string, Record<string, { responses: Record<string, Response> }>>;
  components?: { schemas?: Record<string, object> };
}

/** Pages for people, which the documents name in words only. */
const pages: Record<string, readonly number[]> = {
  'installation GET /slack/oauth/start': [400],
  'installation POST /slack/oauth/start': [400],
  'installation GET /slack/oauth/callback': [400],
  'directory-sync GET /slack/openid/callback': [400],
  'preferences GET /v1/unsubscribe/{token}': [404],
  'preferences POST /v1/unsubscribe/{token}': [404, 409],
};

export class DocumentedAnswers {
  private readonly documents: Map<Service, Document>;
  private readonly compared = new Map<string, string | undefined>();
  /** Names of the routes that have answered with a 2xx or 3xx, as documented. */
  readonly succeeded = new Set<string>();

  constructor() {
    this.documents = new Map(
      services.map((service) => [
        service,
        JSON.parse(readFileSync(join(repository, 'docs/openapi', `${service}.json`), 'utf8')) as Document,
      ]),
    );
  }

  /**
   * What is not as documented, or undefined. A hostile request may be refused before it reaches its route, with any
   * problem that the document allows by `default`.
   */
  faultOf(route: Route, answer: Answer, { hostile = false } = {}): string | undefined {
    if (answer.mediaType === 'text/html' && pages[nameOf(route)]?.includes(answer.status)) return undefined;
    const text = answer.text.replace(/"traceId":"\w+"/, '"traceId":"…"');
    const key = [nameOf(route), answer.status, answer.mediaType, hostile, text].join(' ');
    if (!this.compared.has(key)) this.compared.set(key, this.compare(route, answer, hostile));
    const fault = this.compared.get(key);
    if (fault === undefined && answer.status < 400) this.succeeded.add(nameOf(route));
    return fault && `${nameOf(route)} ${answer.status}: ${fault}`;
  }

  private compare({ service, method, path }: Route, { status, mediaType, text }: Answer, hostile: boolean) {
    const { paths, components } = this.documents.get(service)!;
    const operation = paths[path]?.[method.toLowerCase()];
    if (!operation) return 'docs/openapi has no such route';
    const response =
      operation.responses[status] ?? (hostile || status >= 500 ? operation.responses['default'] : undefined);
    if (!response) return 'the document has no such status';
    if (!response.content) return text === '' ? undefined : 'the document has no body';
    const schema = response.content[mediaType]?.schema;
    if (!schema) return `the document has no ${mediaType || 'answer without a media type'}`;
    if (!mediaType.endsWith('json')) return undefined;
    return answerFault(inlined(schema, components?.schemas ?? {}), JSON.parse(text));
  }
}

/** The schema without references. */
function inlined(schema: object, schemas: Record<string, object>): object {
  return JSON.parse(JSON.stringify(schema), (_key, value: unknown) => {
    const reference = typeof value === 'object' && value !== null && '$ref' in value ? String(value.$ref) : undefined;
    return reference === undefined ? value : inlined(schemas[reference.split('/').at(-1)!]!, schemas);
  }) as object;
}
