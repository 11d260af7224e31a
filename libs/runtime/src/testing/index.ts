// For specs only.
export { answerFault } from '../http/describe-answers.ts';
export { undecidedRoutes } from '../http/routes.ts';
export { openApiDocument, type DocumentedRoutes } from './openapi-document.ts';
export { SeededRandom } from './seeded-random.ts';
export { startForTest, type TestAnswer, type TestService, type TestServiceOptions } from './start-for-test.ts';
export { testIssuer, type TestIssuer, type TestTokenOptions } from './test-issuer.ts';
export { metricsTable } from '../documents/metrics-table.ts';
export { configurationTable } from '../documents/configuration-table.ts';
export { adviceTable, markdownTable } from '../documents/markdown-table.ts';
export { generatedDocument, generatedSection, sectionsOf } from './generated-document.ts';
