// For specs only.
export {
  createTestDatabase,
  createTwoRoleTestDatabase,
  type TestDatabase,
  type TwoRoleTestDatabase,
} from './test-database.ts';
