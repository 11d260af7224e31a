// For specs only.
export { auditSchema, followedTopicSchema, outboxSchema } from './library-schema.ts';
export { SchemaCheck, type SchemaCheckOptions } from './schema-check.ts';
export {
  createTestDatabase,
  createTwoRoleTestDatabase,
  type TestDatabase,
  type TwoRoleTestDatabase,
} from './test-database.ts';
export { startSeverableProxy, type SeverableProxy } from './severable-proxy.ts';
