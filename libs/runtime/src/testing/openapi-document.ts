// The OpenAPI document of a service that a spec started, compared with its copy in docs/openapi.
import type { OpenAPIObject } from '@nestjs/swagger';
import { undocumentedAnswers } from '../http/describe-answers.ts';
import { generatedDocument, type Comparison } from './generated-document.ts';
import type { TestService } from './start-for-test.ts';

export interface DocumentedRoutes extends Comparison {
  /** Routes without a schema or an example of their answer, and examples that do not match: none in a good service. */
  undocumented: string[];
}

export async function openApiDocument(name: string, service: TestService): Promise<DocumentedRoutes> {
  const document = (await service.request('GET', '/openapi.json')).body as OpenAPIObject;
  const comparison = generatedDocument(`openapi/${name}.json`, `${JSON.stringify(document, null, 2)}\n`);
  return { ...comparison, undocumented: undocumentedAnswers(document) };
}
