// For specs only.
export { createTestDatabase, type TestDatabase } from './test-database.ts';
